/**
 * Commands that change the meeting, each sent until it is answered: while the connection is cut
 * they wait, after a resume they go out again under the same `commandId`, which the server answers
 * once. Those of one name go one after the other, so that they keep their order when one has to
 * wait, and so that a long cut does not end in a flood.
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

/** Answers such as `starting` are waited out this often; a rate limit as often as it takes. */
const MAX_ATTEMPTS = 4;
const RATE_LIMITED = 'rate_limited';
const RETRY_MS = 1_000;

export class Outbox {
  private readonly commands: Command[] = [];
  /** By name the command that was sent, or that waits to be sent again. */
  private readonly under = new Map<string, Command>();
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();
  private client: SignalingClient | null = null;

  send(
    name: string,
    commandId: string,
    payload: Readonly<Record<string, unknown>>,
  ): Promise<unknown> {
    const { promise, resolve, reject } = promiseParts<unknown>();
    this.commands.push({
      name,
      payload: { ...payload, commandId },
      resolve,
      reject,
      attempts: 0,
    });
    this.transmitNext(name);
    return promise;
  }

  /** The seat is taken on this connection: everything unanswered goes out again. */
  attach(client: SignalingClient): void {
    // A snapshot on the same connection: what was sent on it is still under way.
    if (client === this.client) return;
    this.detach();
    this.client = client;
    this.under.clear();
    for (const name of new Set(this.commands.map((command) => command.name)))
      this.transmitNext(name);
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
    const dropped = this.commands.filter(matches);
    // All of them first: one that is settled lets the next of its name go out.
    this.commands.splice(0, Infinity, ...this.commands.filter((one) => !dropped.includes(one)));
    for (const { name, reject } of dropped) {
      reject(new StreamForgeError(CODES.cancelled, `${name} was given up`));
    }
    for (const command of dropped) this.makeWay(command);
  }

  private transmitNext(name: string): void {
    const command = this.commands.find((one) => one.name === name);
    if (command === undefined || this.under.has(name)) return;
    this.transmit(command);
  }

  private transmit(command: Command): void {
    const { client } = this;
    if (client === null) return;
    this.under.set(command.name, command);
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
    if (code === RATE_LIMITED) command.attempts -= 1;
    const isPatient = command.attempts < MAX_ATTEMPTS;
    if (!isRetryable(code) || !isPatient) {
      this.settle(command, () => command.reject(error as Error));
      return;
    }
    const wait = (error instanceof StreamForgeError ? error.retryAfterMs : null) ?? RETRY_MS;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      if (this.under.get(command.name) === command) this.transmit(command);
    }, wait);
    this.timers.add(timer);
  }

  /** Answered or given up: the next one of its name may go. */
  private settle(command: Command, act: () => void): void {
    const index = this.commands.indexOf(command);
    if (index < 0) return;
    this.commands.splice(index, 1);
    act();
    this.makeWay(command);
  }

  private makeWay(command: Command): void {
    if (this.under.get(command.name) !== command) return;
    this.under.delete(command.name);
    this.transmitNext(command.name);
  }
}
