/**
 * Tells the server which own sources are muted: the state that holds, not the history of it.
 *
 * A device has stopped long before this speaks. Whatever changed while the connection was cut is
 * told once it is back.
 */
import { newId } from '../ids';
import { asFailure, CODES } from '../errors';
import type { Logger, Source } from '../types';
import type { SignalingClient } from './client';

export class MuteReports {
  private readonly actual = new Map<Source, boolean>();
  private readonly known = new Map<Source, boolean>();
  private readonly inFlight = new Set<Source>();
  private client: SignalingClient | null = null;

  constructor(private readonly log: Logger) {}

  set(source: Source, muted: boolean): void {
    this.actual.set(source, muted);
    this.report(source);
  }

  /** `known` is what the server has, from the offer it answered and from its snapshot. */
  attach(
    client: SignalingClient,
    known: ReadonlyMap<Source, boolean>,
    canPublish: readonly Source[],
  ): void {
    this.client = client;
    for (const source of this.actual.keys()) {
      if (!canPublish.includes(source)) this.actual.delete(source);
    }
    this.inFlight.clear();
    this.told(known);
    for (const source of this.actual.keys()) this.report(source);
  }

  /** The server has heard it in another way: inside an offer. */
  told(mutes: ReadonlyMap<Source, boolean>): void {
    for (const [source, muted] of mutes) this.known.set(source, muted);
  }

  detach(): void {
    this.client = null;
  }

  private report(source: Source): void {
    const { client } = this;
    const muted = this.actual.get(source);
    if (client === null || muted === undefined || this.known.get(source) === muted) return;
    if (this.inFlight.has(source)) return;
    this.inFlight.add(source);
    const settle = () => {
      if (client !== this.client) return;
      this.inFlight.delete(source);
      this.report(source);
    };
    client.request('set-muted', { commandId: newId('cmd'), source, muted }).then(
      () => {
        this.known.set(source, muted);
        settle();
      },
      (error: unknown) => {
        const { code } = asFailure(error);
        if (code === CODES.unreachable) return;
        this.log.warn('a mute could not be reported', { source, code });
        // Refused is heard: saying it again would not change the answer.
        this.known.set(source, muted);
        settle();
      },
    );
  }
}
