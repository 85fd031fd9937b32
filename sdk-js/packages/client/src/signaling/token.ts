/** The token for the next connection: kept while it is valid, asked for again when it is not. */
import { asFailure } from '../errors';
import type { Logger } from '../types';
import type { SignalingClient } from './client';

type AskToken = (current: string | null) => Promise<string>;

/** A token that ends within this time is not worth a connection. */
const MARGIN_MS = 15_000;

export class TokenSource {
  private current: string | null = null;
  private expiresAt = Number.POSITIVE_INFINITY;
  private readonly ask: AskToken;
  /** Whether a new token can be had at all. */
  readonly renewable: boolean;

  constructor(token: string | AskToken) {
    this.renewable = typeof token !== 'string';
    this.ask = typeof token === 'string' ? () => Promise.resolve(token) : token;
  }

  /** `serverNow` is the server's clock, which set the expiry. */
  async get(serverNow: number): Promise<string> {
    const valid = this.current !== null && serverNow < this.expiresAt - MARGIN_MS;
    return valid && this.current !== null ? this.current : this.renew();
  }

  async renew(): Promise<string> {
    this.current = await this.ask(this.current);
    this.expiresAt = Number.POSITIVE_INFINITY;
    return this.current;
  }

  /** Prolongs the right to the seat on a live connection. A failure is told by the seat's end. */
  async renewOn(client: SignalingClient | null, log: Logger): Promise<void> {
    if (!this.renewable || client === null) return;
    try {
      await client.request('renew-token', { token: await this.renew() });
    } catch (error) {
      log.warn('the token was not renewed', { ...asFailure(error) });
    }
  }

  validUntil(expiresAt: number | null): void {
    this.expiresAt = expiresAt ?? Number.POSITIVE_INFINITY;
  }

  forget(): void {
    this.expiresAt = 0;
  }
}
