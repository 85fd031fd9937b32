/**
 * Brings media back: ICE restarts while the transport may live, a new peer connection when it does not.
 *
 * It only decides when; `link.ts` does. While signaling is down nothing can be negotiated, so its
 * deadlines stand still and are taken up when signaling is back.
 */
import { MIN_GAP_MS, restartWaitMs, withRestart } from './restart';

export type MediaPath = 'new' | 'connected' | 'lost';

export interface RecoveryActions {
  readonly restartIce: () => void;
  readonly rebuild: () => void;
  readonly path: (path: MediaPath) => void;
}

/** A transport that does not connect in this time after an offer never will. */
const CONNECT_DEADLINE_MS = 10_000;
/** Rebuilding again and again must not become a load of its own. */
const MAX_DEADLINE_MS = 60_000;
/** Restarts without success before the peer connection is given up. */
const MAX_RESTARTS = 2;

export class Recovery {
  private state: RTCPeerConnectionState = 'new';
  private signaling = true;
  private everConnected = false;
  private restarts: readonly number[] = [];
  private fruitless = 0;
  private rebuilds = 0;
  private restartTimer: ReturnType<typeof setTimeout> | null = null;
  private deadline: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly actions: RecoveryActions) {}

  /** A fresh peer connection has begun. */
  started(): void {
    this.stopTimers();
    this.state = 'new';
    this.fruitless = 0;
    if (this.everConnected) this.actions.path('lost');
    this.watch();
  }

  onState(state: RTCPeerConnectionState): void {
    this.state = state;
    if (state === 'connected') {
      this.stopTimers();
      this.everConnected = true;
      this.fruitless = 0;
      this.rebuilds = 0;
      this.actions.path('connected');
    } else if (state === 'disconnected' || state === 'failed') {
      this.actions.path('lost');
      this.restart();
      this.watch();
    }
  }

  onSignaling(up: boolean): void {
    this.signaling = up;
    if (!up) this.stopDeadline();
    else if (this.state !== 'connected') this.watch();
  }

  /** Another interface or address: the old path may be dead before ICE notices. */
  networkChanged(): void {
    if (this.everConnected) this.restart();
  }

  /** Somebody asks for the next attempt now. A gap is not waited out, the limit per minute is. */
  hurry(): void {
    if (this.state === 'connected' || this.state === 'closed' || !this.signaling) return;
    if (!this.everConnected || this.state === 'failed') {
      this.rebuild();
      return;
    }
    if (restartWaitMs(this.restarts, Date.now()) > MIN_GAP_MS) return;
    if (this.restartTimer !== null) clearTimeout(this.restartTimer);
    this.restartTimer = null;
    this.restartNow();
  }

  close(): void {
    this.stopTimers();
    this.state = 'closed';
  }

  private restart(): void {
    if (this.restartTimer !== null || this.state === 'closed') return;
    this.restartTimer = setTimeout(
      () => {
        this.restartTimer = null;
        this.restartNow();
      },
      restartWaitMs(this.restarts, Date.now()),
    );
  }

  private restartNow(): void {
    if (this.fruitless >= MAX_RESTARTS) {
      this.rebuild();
      return;
    }
    if (this.state !== 'connected') this.fruitless += 1;
    this.restarts = withRestart(this.restarts, Date.now());
    this.actions.restartIce();
    if (this.state === 'failed') this.restart();
  }

  private watch(): void {
    if (this.deadline !== null || !this.signaling || this.state === 'closed') return;
    const wait = Math.min(MAX_DEADLINE_MS, CONNECT_DEADLINE_MS * 2 ** this.rebuilds);
    this.deadline = setTimeout(() => {
      this.deadline = null;
      if (this.state !== 'connected') this.rebuild();
    }, wait);
  }

  private rebuild(): void {
    this.stopTimers();
    if (this.state === 'closed') return;
    if (!this.signaling) return;
    this.rebuilds += 1;
    this.actions.path('lost');
    this.actions.rebuild();
  }

  private stopDeadline(): void {
    if (this.deadline !== null) clearTimeout(this.deadline);
    this.deadline = null;
  }

  private stopTimers(): void {
    this.stopDeadline();
    if (this.restartTimer !== null) clearTimeout(this.restartTimer);
    this.restartTimer = null;
  }
}
