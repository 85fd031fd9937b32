/**
 * A connection that is opened before anybody says what for: a join then needs no handshake first.
 *
 * The server closes connections on which nobody joins, so an early one may be gone when it is
 * wanted; whoever takes it gets a fresh one then. Its loss is nobody's concern until it is taken.
 */
import type { SignalingClient, SignalingHandlers } from './client';

export interface Attempt {
  readonly ready: Promise<SignalingClient>;
  readonly abort: () => void;
}

interface Early extends Attempt {
  taker: SignalingHandlers | null;
}

export class EarlyConnection {
  private early: Early | null = null;

  constructor(private readonly connect: (handlers: SignalingHandlers) => Attempt) {}

  /** Does nothing while there is one, open or opening. */
  open(): void {
    if (this.early !== null) return;
    const attempt = this.connect({
      event: (name, data) => early.taker?.event(name, data),
      lost: (reason) => {
        this.forget(early);
        early.taker?.lost(reason);
      },
    });
    const early: Early = { ...attempt, taker: null };
    this.early = early;
    attempt.ready.catch(() => this.forget(early));
  }

  /** The early connection if there still is one, else a new one; either is the taker's from now on. */
  take(handlers: SignalingHandlers): Attempt {
    const { early } = this;
    if (early === null) return this.connect(handlers);
    this.early = null;
    early.taker = handlers;
    return early;
  }

  close(): void {
    this.early?.abort();
    this.early = null;
  }

  private forget(early: object): void {
    if (this.early === early) this.early = null;
  }
}
