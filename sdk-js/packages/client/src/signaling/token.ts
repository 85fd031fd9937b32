/** The token for the next connection: kept while it is valid, asked for again when it is not. */

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

  validUntil(expiresAt: number | null): void {
    this.expiresAt = expiresAt ?? Number.POSITIVE_INFINITY;
  }

  forget(): void {
    this.expiresAt = 0;
  }
}
