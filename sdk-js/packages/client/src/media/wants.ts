/**
 * What this client wants to receive, told to the media worker as a whole with a growing revision.
 *
 * The first word goes out at once, those within the next 100 ms together: resizing a window must
 * not flood the channel. Until the layout speaks, the worker chooses (`auto`).
 */
import type { Want } from '../protocol/channel';
import type { WantedVideo } from '../types';
import { assignSlots, videoKey } from './slots';

const DEBOUNCE_MS = 100;
/** Before a layout is known: a tile of a small grid. */
const AUTO_SIZE = { width: 640, height: 360 };

export interface WantsPort {
  /** False when the channel is not open; `flush` comes again when it opens. */
  readonly send: (want: Want) => boolean;
  /** Slots are short by this many. */
  readonly short: (missing: number) => void;
}

export class Wants {
  private wants: readonly WantedVideo[] | null = null;
  private mids: readonly string[] = [];
  private held: ReadonlyMap<string, string> = new Map();
  private revision = 0;
  private sent = '';
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly port: WantsPort) {}

  set(wants: readonly WantedVideo[]): void {
    this.wants = wants;
    this.schedule();
  }

  /** The worker's own choice: taken over, so that the first layout moves nothing. */
  observe(held: ReadonlyMap<string, string>): void {
    if (this.wants === null) this.held = held;
  }

  /** Slots were added. */
  setSlots(mids: readonly string[]): void {
    this.mids = mids;
    if (this.wants !== null) this.schedule();
  }

  /** A new peer connection: its slots hold nothing and it knows no earlier revision. */
  reset(): void {
    this.mids = [];
    this.held = new Map();
    this.sent = '';
  }

  /** The want that travels with an offer. */
  current(mids: readonly string[]): Want {
    this.mids = mids;
    return this.compose();
  }

  /** The channel opened: what the offer said is known, anything later is not. */
  flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.wants === null || this.mids.length === 0) return;
    const want = this.compose();
    const text = JSON.stringify({ ...want, revision: 0 });
    if (text === this.sent) return;
    if (this.port.send(want)) this.sent = text;
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private schedule(): void {
    if (this.timer !== null) return;
    this.flush();
    this.timer = setTimeout(() => {
      this.timer = null;
      this.flush();
    }, DEBOUNCE_MS);
  }

  private compose(): Want {
    this.revision += 1;
    const { revision, wants } = this;
    if (wants === null) return { revision, mode: 'auto', ...AUTO_SIZE };
    const { slots, missing } = assignSlots(this.mids, this.held, wants);
    this.held = new Map(
      this.mids.flatMap((mid) => {
        const want = slots.get(mid);
        const key =
          want === undefined ? this.held.get(mid) : videoKey(want.participantId, want.source);
        return key === undefined ? [] : [[mid, key] as const];
      }),
    );
    if (missing > 0) this.port.short(missing);
    const list = [...slots].map(([mid, { participantId, source, width, height, priority }]) => ({
      mid,
      participantId,
      source,
      width: Math.round(width),
      height: Math.round(height),
      priority,
    }));
    return { revision, mode: 'explicit', slots: list };
  }
}
