/**
 * Plays the audio slots through one `<audio>` element each; the elements survive media resets.
 *
 * Elements, and not an AudioContext: browsers cancel echo only of what elements play.
 */
import { createStore } from '../store';
import type { Logger, RemoteAudio } from '../types';
import type { WebRtc } from './browser';
import { routeTo } from './output';

export class SlotAudio implements RemoteAudio {
  readonly blocked = createStore(false);
  private readonly elements: HTMLAudioElement[] = [];
  private outputId = '';

  constructor(
    private readonly webRtc: WebRtc,
    private readonly log: Logger,
  ) {}

  /** The tracks of all audio slots, in the order of the slots. */
  play(tracks: readonly MediaStreamTrack[]): void {
    tracks.forEach((track, index) => {
      const element = (this.elements[index] ??= this.createElement());
      element.srcObject = this.webRtc.createStream([track]);
      void this.start(element);
    });
  }

  /**
   * Silences a slot at once. What was said before a mute still waits in the jitter buffer, and must
   * not be heard after it.
   */
  silence(index: number, silent: boolean): void {
    const element = this.elements[index];
    if (element !== undefined && element.muted !== silent) element.muted = silent;
  }

  async resume(): Promise<void> {
    await Promise.all(this.elements.map((element) => this.start(element)));
  }

  async setOutput(deviceId: string): Promise<void> {
    await Promise.all(this.elements.map((element) => routeTo(element, deviceId)));
    this.outputId = deviceId;
  }

  close(): void {
    for (const element of this.elements) {
      element.pause();
      element.srcObject = null;
    }
    this.elements.length = 0;
    this.blocked.set(false);
  }

  private createElement(): HTMLAudioElement {
    const element = this.webRtc.createAudioElement();
    element.autoplay = true;
    if (this.outputId !== '') {
      routeTo(element, this.outputId).catch((error: unknown) => {
        this.log.warn('the chosen output cannot be used', { error: String(error) });
      });
    }
    return element;
  }

  private async start(element: HTMLAudioElement): Promise<void> {
    try {
      await element.play();
      this.blocked.set(false);
    } catch (error) {
      // AbortError: another stream was set meanwhile, and that one's start is reported instead.
      if (error instanceof Error && error.name === 'NotAllowedError') this.blocked.set(true);
    }
  }
}
