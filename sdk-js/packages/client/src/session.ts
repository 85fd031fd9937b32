/**
 * The seat: joins, resumes it after a cut, and ends. The only place that makes connections.
 *
 * It retries by itself for as long as a wish to be in the meeting stands; only the server's
 * definite words (and the person's) end that.
 */
import { asFailure, CODES, StreamForgeError } from './errors';
import { canShareScreen } from './media/browser';
import * as wire from './protocol/signaling';
import { SignalingClient } from './signaling/client';
import { EarlyConnection } from './signaling/early';
import { promiseParts, settled, withTimeout, type PromiseParts } from './signaling/promises';
import { isRetryable, reconnectDelayMs } from './signaling/reconnect';
import type { OpenSocket } from './signaling/socket';
import type { TokenSource } from './signaling/token';
import type { Failure, Logger } from './types';

export interface SessionSettings {
  readonly serverUrl: string;
  readonly roomId: string;
  readonly displayName: () => string;
  readonly token: TokenSource;
  readonly correlationId: string;
  readonly openSocket: OpenSocket;
  readonly random: () => number;
  readonly log: Logger;
}

export interface SessionHandlers {
  /** The offer for the next `join-room`; null keeps the media that there is. */
  readonly offer: () => Promise<wire.Offer | null>;
  readonly lastSeq: () => number;
  readonly snapshot: (snapshot: wire.RoomJoined, client: SignalingClient) => void;
  readonly waiting: () => void;
  readonly event: (name: string, data: unknown) => void;
  readonly lost: () => void;
  /** The server ended the session for good. */
  readonly ended: (failure: Failure) => void;
  /** Joining or coming back is impossible. */
  readonly failed: (failure: Failure) => void;
}

interface Seat {
  readonly seatId: string;
  readonly resumeToken: string;
}

/** A first join that finds no server gives up after this; a seat that is held is sought for ever. */
const FIRST_JOIN_MS = 15_000;
/** After its acknowledgement, `room-joined` is a matter of milliseconds. */
const ROOM_JOINED_TIMEOUT_MS = 10_000;
const LEAVE_TIMEOUT_MS = 1_000;

export class Session {
  private readonly early: EarlyConnection;
  private client: SignalingClient | null = null;
  private abortConnect: (() => void) | null = null;
  private seat: Seat | null = null;
  private serverOffsetMs = 0;
  private open = false;
  private seated = false;
  private renewedAfterExpiry = false;
  private lostAt = 0;
  private wake: (() => void) | null = null;
  private connecting = false;
  private awaited: PromiseParts<wire.RoomJoined> | null = null;

  constructor(
    private readonly settings: SessionSettings,
    private readonly handlers: SessionHandlers,
  ) {
    const { openSocket, serverUrl, correlationId } = settings;
    this.early = new EarlyConnection((to) =>
      SignalingClient.connect(openSocket, serverUrl, correlationId, to),
    );
  }

  /** Connects ahead of `start`. */
  prepare(): void {
    this.early.open();
  }

  start(): void {
    this.open = true;
    this.lostAt = Date.now();
    void this.connectUntilSeated();
  }

  /** Null while the seat is not on a connection. */
  get live(): SignalingClient | null {
    return this.seated ? this.client : null;
  }

  /** The network came back, or the page woke up: do not sit out the pause. */
  hurry(): void {
    this.wake?.();
  }

  async requestSnapshot(): Promise<void> {
    await this.live?.request('request-snapshot', {});
  }

  async leave(): Promise<void> {
    const client = this.live;
    this.open = false;
    this.wake?.();
    this.abortConnect?.();
    if (client !== null) {
      await client.request('leave', {}, LEAVE_TIMEOUT_MS).catch(() => undefined);
    }
    this.close();
  }

  close(): void {
    this.open = false;
    this.seated = false;
    this.wake?.();
    this.abortConnect?.();
    this.early.close();
    this.client?.close();
    this.client = null;
  }

  private async connectUntilSeated(): Promise<void> {
    // An attempt under way fails by itself and goes on.
    if (this.connecting) return;
    this.connecting = true;
    await this.attempts();
    this.connecting = false;
  }

  private async attempts(): Promise<void> {
    for (let attempt = 0; this.open; attempt++) {
      let pauseMs = 0;
      try {
        await this.takeSeat();
        // A connection may break between its last message and here; then the loop goes on.
        if (this.hasClient()) return;
      } catch (error) {
        this.client?.close();
        this.client = null;
        if (!this.isOpen()) return;
        const failure = asFailure(error);
        this.settings.log.warn('no seat', { code: failure.code, attempt });
        if (!this.mayRetry(failure.code)) {
          this.giveUp(failure);
          return;
        }
        const after = error instanceof StreamForgeError ? error.retryAfterMs : null;
        pauseMs = this.pause(attempt, after);
      }
      await this.sleep(pauseMs);
    }
  }

  /** Both are read anew after each await. */
  private isOpen(): boolean {
    return this.open;
  }

  private hasClient(): boolean {
    return this.client !== null;
  }

  private pause(attempt: number, retryAfterMs: number | null): number {
    const lostForMs = Date.now() - this.lostAt;
    const delay = reconnectDelayMs(attempt, lostForMs, this.settings.random());
    return Math.max(delay, retryAfterMs ?? 0);
  }

  private mayRetry(code: string): boolean {
    if (code === 'token_expired' && this.settings.token.renewable && !this.renewedAfterExpiry) {
      this.renewedAfterExpiry = true;
      this.settings.token.forget();
      return true;
    }
    if (!isRetryable(code)) return false;
    return this.seat !== null || Date.now() - this.lostAt < FIRST_JOIN_MS;
  }

  private async takeSeat(): Promise<void> {
    const { handlers } = this;
    const attempt = this.early.take({
      event: (name, data) => this.onEvent(name, data),
      lost: (reason) => this.onLost(reason),
    });
    this.abortConnect = attempt.abort;
    // Socket, token and offer are made at the same time; none of them needs the others.
    const [client, token, offer] = await settled([
      attempt.ready,
      this.token(),
      handlers.offer(),
    ]).finally(() => (this.abortConnect = null));
    if (!this.open) {
      client.close();
      return;
    }
    this.client = client;
    const room = promiseParts<wire.RoomJoined>();
    room.promise.catch(() => undefined);
    this.awaited = room;
    const reply = await client.request('join-room', this.joinPayload(token, offer));
    const { status } = wire.joinResult(reply);
    if (status === 'waiting') handlers.waiting();
    else await withTimeout(room.promise, ROOM_JOINED_TIMEOUT_MS);
  }

  private joinPayload(token: string, offer: wire.Offer | null): Record<string, unknown> {
    const { roomId, displayName } = this.settings;
    const { seat } = this;
    return {
      roomId,
      token,
      protocol: wire.PROTOCOL,
      displayName: displayName(),
      mediaCapabilities: { video: true, audio: true, screen: canShareScreen() },
      ...(offer === null ? {} : { offer }),
      ...(seat === null ? {} : { resume: { ...seat, lastSeq: this.handlers.lastSeq() } }),
    };
  }

  private async token(): Promise<string> {
    try {
      return await this.settings.token.get(Date.now() + this.serverOffsetMs);
    } catch (error) {
      if (error instanceof StreamForgeError) throw error;
      // The application's own fetch failed: the network, most likely.
      throw new StreamForgeError(CODES.unreachable, `no token: ${String(error)}`);
    }
  }

  private onEvent(name: string, data: unknown): void {
    try {
      if (name === 'room-joined') this.onRoomJoined(wire.roomJoined(data, name));
      else if (name === 'lobby-waiting') this.handlers.waiting();
      else if (name === 'session-ended') this.onEnded(wire.sessionEnded(data, name));
      else if (this.seated) this.handlers.event(name, data);
    } catch (error) {
      this.settings.log.warn('an event cannot be read', { name, error: String(error) });
    }
  }

  private onRoomJoined(snapshot: wire.RoomJoined): void {
    const { client, settings } = this;
    if (client === null) return;
    const { seatId, resumeToken } = snapshot.self;
    this.seat = { seatId, resumeToken };
    this.serverOffsetMs = snapshot.serverTime - Date.now();
    settings.token.validUntil(snapshot.tokenExpiresAt);
    this.seated = true;
    this.renewedAfterExpiry = false;
    this.handlers.snapshot(snapshot, client);
    this.awaited?.resolve(snapshot);
    this.awaited = null;
  }

  private onEnded({ code, message }: Failure): void {
    this.settings.log.warn('session ended', { code });
    // Without a seat it is a connection that was opened early and kept too long: a new one is due.
    if (code === 'resync' || (code === 'rate_limited' && !this.seated)) {
      this.client?.close();
      this.onLost(code);
      return;
    }
    this.close();
    this.handlers.ended({ code, message });
  }

  private onLost(reason: string): void {
    this.settings.log.warn('connection lost', { reason });
    const wasSeated = this.seated;
    this.seated = false;
    this.client = null;
    if (!this.open) return;
    if (wasSeated) {
      this.lostAt = Date.now();
      this.handlers.lost();
    }
    this.awaited?.reject(new StreamForgeError(CODES.unreachable, reason));
    this.awaited = null;
    void this.connectUntilSeated();
  }

  private giveUp(failure: Failure): void {
    this.close();
    this.handlers.failed(failure);
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wake = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.wake = done;
    });
  }
}
