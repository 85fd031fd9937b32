/**
 * One live connection to the server: commands with acknowledgements, events, and its end.
 *
 * It knows nothing of seats and does not come back; `session.ts` makes a new one.
 */
import { CODES, StreamForgeError } from '../errors';
import { ack, PROTOCOL, refusal } from '../protocol/signaling';
import { BadMessage } from '../protocol/shape';
import { promiseParts } from './promises';
import type { OpenSocket, Socket, ConnectError } from './socket';

/** Longer than the 10 s in which a half-open connection is noticed: that must win. */
export const ACK_TIMEOUT_MS = 12_000;

export interface SignalingHandlers {
  readonly event: (name: string, data: unknown) => void;
  readonly lost: (reason: string) => void;
}

interface Waiting {
  readonly reject: (error: StreamForgeError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export class SignalingClient {
  private readonly waiting = new Set<Waiting>();
  private open = true;

  private constructor(private readonly socket: Socket) {}

  /** Rejects with the server's code when it refuses, or with `unreachable`. */
  static connect(
    openSocket: OpenSocket,
    serverUrl: string,
    correlationId: string,
    handlers: SignalingHandlers,
  ): { readonly ready: Promise<SignalingClient>; readonly abort: () => void } {
    const { promise, resolve, reject } = promiseParts<SignalingClient>();
    const socket = openSocket(
      serverUrl,
      { protocol: PROTOCOL, correlationId },
      {
        connected: () => resolve(client),
        refused: (error) => {
          client.close();
          reject(connectFailure(error));
        },
        lost: (reason) => {
          if (!client.open) return;
          client.close();
          reject(new StreamForgeError(CODES.unreachable, `connection lost: ${reason}`));
          handlers.lost(reason);
        },
        event: handlers.event,
      },
    );
    const client = new SignalingClient(socket);
    const abort = () => {
      client.close();
      reject(new StreamForgeError(CODES.cancelled, 'the connection attempt was given up'));
    };
    return { ready: promise, abort };
  }

  /** Resolves with the result; rejects with the server's error, `timeout`, or `unreachable` on loss. */
  request(
    name: string,
    payload: Readonly<Record<string, unknown>>,
    timeoutMs: number = ACK_TIMEOUT_MS,
  ): Promise<unknown> {
    if (!this.open) return Promise.reject(lost());
    const { promise, resolve, reject } = promiseParts<unknown>();
    const timer = setTimeout(() => {
      this.waiting.delete(entry);
      reject(new StreamForgeError(CODES.timeout, `no answer to ${name} in ${timeoutMs} ms`));
    }, timeoutMs);
    const entry: Waiting = { reject, timer };
    this.waiting.add(entry);
    this.socket.emit(name, payload, (reply) => {
      if (!this.waiting.delete(entry)) return;
      clearTimeout(timer);
      try {
        resolve(readAck(name, reply));
      } catch (error) {
        reject(error as Error);
      }
    });
    return promise;
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.socket.close();
    for (const { timer, reject } of this.waiting) {
      clearTimeout(timer);
      reject(lost());
    }
    this.waiting.clear();
  }
}

function readAck(name: string, reply: unknown): unknown {
  try {
    const { ok, result, error } = ack(reply);
    if (ok) return result;
    if (error !== null) throw new StreamForgeError(error.code, error.message, error.retryAfterMs);
  } catch (error) {
    if (!(error instanceof BadMessage)) throw error;
  }
  throw new StreamForgeError(CODES.badAnswer, `the answer to ${name} cannot be read`);
}

function connectFailure({ message, data }: ConnectError): StreamForgeError {
  try {
    const { code, message: words, retryAfterMs } = refusal(data);
    return new StreamForgeError(code, words, retryAfterMs);
  } catch {
    return new StreamForgeError(CODES.unreachable, message);
  }
}

function lost(): StreamForgeError {
  return new StreamForgeError(CODES.unreachable, 'there is no connection to the server');
}
