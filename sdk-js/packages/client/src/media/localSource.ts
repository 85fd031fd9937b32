/**
 * One own device or screen: off, starting, on, muted or failed.
 *
 * The client owns it. It knows neither the server nor a peer connection: `publish.ts` watches its
 * state. A device that disappears falls back to the browser's default once.
 */
import { asFailure, CODES, StreamForgeError } from '../errors';
import { createStore } from '../store';
import type { Failure, LocalSource, LocalSourceState, StartOptions } from '../types';

export interface OpenedTracks {
  readonly track: MediaStreamTrack;
  readonly audioTrack: MediaStreamTrack | null;
}

export interface SourceDevice {
  readonly open: (options: StartOptions) => Promise<OpenedTracks>;
  /** Whether an ended track means "find another device" rather than "the person stopped it". */
  readonly fallsBack: boolean;
}

const OFF: LocalSourceState = Object.freeze({
  status: 'off',
  track: null,
  audioTrack: null,
  deviceId: null,
  error: null,
});

export class DeviceSourceControl implements LocalSource {
  private readonly store = createStore<LocalSourceState>(OFF);
  readonly state = this.store;
  /** Grows with each start and stop: what an older start yields is thrown away. */
  private generation = 0;
  private ended: (() => void) | null = null;

  constructor(private readonly device: SourceDevice) {}

  async start(options: StartOptions = {}): Promise<void> {
    const generation = ++this.generation;
    const before = this.store.getSnapshot();
    // While switching, the running device stays on screen until the next one is there.
    if (before.track === null) this.store.set({ ...OFF, status: 'starting' });
    try {
      const opened = await this.device.open(options);
      if (generation !== this.generation) {
        stopTracks(opened);
        throw new StreamForgeError(CODES.cancelled, 'the start was overtaken by a later wish');
      }
      this.replace(opened, before.status === 'muted');
    } catch (error) {
      if (generation === this.generation) this.fail(asFailure(error));
      throw error;
    }
  }

  stop(): void {
    this.generation += 1;
    this.release();
    this.store.set(OFF);
  }

  mute(): void {
    this.setEnabled(false);
  }

  unmute(): void {
    this.setEnabled(true);
  }

  private setEnabled(enabled: boolean): void {
    const { status, track, audioTrack } = this.store.getSnapshot();
    if (track === null || status === (enabled ? 'on' : 'muted')) return;
    track.enabled = enabled;
    if (audioTrack !== null) audioTrack.enabled = enabled;
    this.store.set({ ...this.store.getSnapshot(), status: enabled ? 'on' : 'muted' });
  }

  private replace({ track, audioTrack }: OpenedTracks, muted: boolean): void {
    this.release();
    track.enabled = !muted;
    const onEnded = () => this.lost();
    track.addEventListener('ended', onEnded);
    this.ended = () => track.removeEventListener('ended', onEnded);
    this.store.set({
      status: muted ? 'muted' : 'on',
      track,
      audioTrack,
      deviceId: track.getSettings().deviceId ?? null,
      error: null,
    });
  }

  /** A failed switch keeps the device that works; a failed start has none. */
  private fail(error: Failure): void {
    const { track, ...rest } = this.store.getSnapshot();
    if (track !== null && track.readyState === 'live') {
      this.store.set({ ...rest, track, error });
      return;
    }
    this.release();
    this.store.set({ ...OFF, status: 'failed', error });
  }

  /** Fires when the device was unplugged, its permission withdrawn, or a share ended by the browser. */
  private lost(): void {
    if (!this.device.fallsBack) {
      this.stop();
      return;
    }
    this.start().catch((error: unknown) => {
      const { code, message } = asFailure(error);
      if (code === CODES.cancelled) return;
      const lost = code === CODES.permissionDenied ? code : CODES.deviceLost;
      this.fail({ code: lost, message });
    });
  }

  private release(): void {
    this.ended?.();
    this.ended = null;
    const { track, audioTrack } = this.store.getSnapshot();
    if (track !== null) stopTracks({ track, audioTrack });
  }
}

function stopTracks({ track, audioTrack }: OpenedTracks): void {
  track.stop();
  audioTrack?.stop();
}
