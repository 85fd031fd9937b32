/**
 * Commands that change the meeting, each sent until it is answered: while the connection is cut
 * they wait, after a resume they go out again in their order under the same `commandId`, which
 * the server answers once.
 */
import { asFailure, CODES, StreamForgeError } from '../errors';
import type { SignalingClient } from './client';
import { promiseParts } from './promises';
import { isRetryable } from './reconnect';

interface Command {
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>> & { readonly commandId: string };
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  attempts: number;
}

/** Answers such as `starting` or `rate_limited` are waited out this often. */
const MAX_ATTEMPTS = 4;
const RETRY_MS = 1_000;

export class Outbox {
  private readonly commands: Command[] = [];
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();
  private client: SignalingClient | null = null;

  send(
    name: string,
    commandId: string,
    payload: Readonly<Record<string, unknown>>,
  ): Promise<unknown> {
    const { promise, resolve, reject } = promiseParts<unknown>();
    const command = { name, payload: { ...payload, commandId }, resolve, reject, attempts: 0 };
    this.commands.push(command);
    this.transmit(command);
    return promise;
  }

  /** The seat is taken on this connection: everything unanswered goes out again. */
  attach(client: SignalingClient): void {
    this.client = client;
    for (const command of [...this.commands]) this.transmit(command);
  }

  detach(): void {
    this.client = null;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  /** Lets go of commands that have lost their meaning, such as offers of a closed peer connection. */
  cancel(name: string): void {
    this.drop((command) => command.name === name);
  }

  close(): void {
    this.detach();
    this.drop(() => true);
  }

  private drop(matches: (command: Command) => boolean): void {
    for (const command of this.commands.filter(matches)) {
      this.settle(command, () =>
        command.reject(new StreamForgeError(CODES.cancelled, `${command.name} was given up`)),
      );
    }
  }

  private transmit(command: Command): void {
    const { client } = this;
    if (client === null) return;
    command.attempts += 1;
    client.request(command.name, command.payload).then(
      (result) => this.settle(command, () => command.resolve(result)),
      (error: unknown) => this.refused(client, command, error),
    );
  }

  private refused(client: SignalingClient, command: Command, error: unknown): void {
    if (!this.commands.includes(command)) return;
    const { code } = asFailure(error);
    // A cut is no answer: `attach` sends it again.
    if (client !== this.client || code === CODES.unreachable) return;
    if (!isRetryable(code) || command.attempts >= MAX_ATTEMPTS) {
      this.settle(command, () => command.reject(error as Error));
      return;
    }
    const wait = (error instanceof StreamForgeError ? error.retryAfterMs : null) ?? RETRY_MS;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.transmit(command);
    }, wait);
    this.timers.add(timer);
  }

  private settle(command: Command, act: () => void): void {
    const index = this.commands.indexOf(command);
    if (index < 0) return;
    this.commands.splice(index, 1);
    act();
  }
}
