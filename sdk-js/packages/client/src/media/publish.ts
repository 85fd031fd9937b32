/**
 * Own devices to senders: which track each sender carries, which layers are encoded, and what the
 * server is told about it. Stopping and muting happen here at once; reports follow.
 */
import type { PublishEntry } from '../protocol/signaling';
import type { LocalMedia, LocalSource, Logger, Source } from '../types';
import type { Transceivers } from './transceivers';

export interface PublisherHandlers {
  /** A share began or ended: the set of m-lines changes. */
  readonly sharesChanged: () => void;
  readonly mutedChanged: (source: Source, muted: boolean) => void;
}

export class Publisher {
  private transceivers: Transceivers | null = null;
  private sharing = '';
  private allowed: ReadonlySet<Source> | null = null;
  private readonly unsubscribe: (() => void)[];
  private readonly layerJobs = new Map<RTCRtpSender, Promise<void>>();

  constructor(
    private readonly local: LocalMedia,
    private readonly handlers: PublisherHandlers,
    private readonly log: Logger,
  ) {
    const { microphone, camera, screen } = local;
    this.unsubscribe = [microphone, camera, screen].map((source) =>
      source.state.subscribe(() => this.sync()),
    );
  }

  /** What of the devices the server takes; before it said so, everything is offered. */
  allow(sources: readonly Source[]): void {
    this.allowed = new Set(sources);
    const { microphone, camera, screen } = this.local;
    if (!this.isAllowed('microphone')) microphone.stop();
    if (!this.isAllowed('camera')) camera.stop();
    if (!this.isAllowed('screen')) screen.stop();
  }

  /** A new peer connection takes over whatever is on. */
  attach(transceivers: Transceivers): void {
    this.transceivers = transceivers;
    this.sharing = '';
    this.layerJobs.clear();
    this.sync(false);
  }

  detach(): void {
    this.transceivers = null;
  }

  close(): void {
    this.detach();
    for (const stop of this.unsubscribe) stop();
  }

  /** The whole set of producers by mid. Devices that are off are in it, muted, so that starting needs no offer. */
  entries(): PublishEntry[] {
    const { transceivers, local } = this;
    if (transceivers === null) return [];
    const { microphone, camera, screenSenders } = transceivers;
    const { track, audioTrack } = local.screen.state.getSnapshot();
    const all = [
      ...entry(microphone, 'microphone', isMuted(local.microphone)),
      ...entry(camera, 'camera', isMuted(local.camera)),
      ...(track === null ? [] : entry(screenSenders.video, 'screen', isMuted(local.screen))),
      ...(audioTrack === null
        ? []
        : entry(screenSenders.audio, 'screen-audio', isMuted(local.screen))),
    ];
    return all.filter(({ source }) => this.isAllowed(source));
  }

  sourceOf(mid: string): Source | null {
    return this.entries().find((one) => one.mid === mid)?.source ?? null;
  }

  /** Encodes only the layers that somebody watches. */
  setLayers(mid: string, rids: readonly string[]): void {
    const { transceivers } = this;
    if (transceivers === null) return;
    const videos = [transceivers.camera, transceivers.screenSenders.video];
    const sender = videos.find((transceiver) => transceiver?.mid === mid)?.sender;
    if (sender === undefined) return;
    // Parameters must be read anew for each change, so changes of one sender take turns.
    const before = this.layerJobs.get(sender) ?? Promise.resolve();
    this.layerJobs.set(
      sender,
      before.then(() => this.activate(sender, rids)),
    );
  }

  private async activate(sender: RTCRtpSender, rids: readonly string[]): Promise<void> {
    const parameters = sender.getParameters();
    let changed = false;
    for (const encoding of parameters.encodings) {
      const active = encoding.rid === undefined || rids.includes(encoding.rid);
      changed ||= encoding.active !== active;
      encoding.active = active;
    }
    if (!changed) return;
    try {
      await sender.setParameters(parameters);
    } catch (error) {
      this.log.warn('layers could not be switched', { error: String(error) });
    }
  }

  private isAllowed(source: Source): boolean {
    return this.allowed?.has(source) ?? true;
  }

  private sync(announce = true): void {
    const { transceivers, local, handlers } = this;
    if (transceivers === null) return;
    const microphone = local.microphone.state.getSnapshot();
    const camera = local.camera.state.getSnapshot();
    // A muted microphone keeps sending its (disabled, hence silent) track: receivers hear silence
    // at once, with or without the server. A muted camera would send black pictures: it sends nothing.
    this.carry(transceivers.microphone.sender, microphone.track);
    this.carry(transceivers.camera.sender, camera.status === 'on' ? camera.track : null);
    const sharesChanged = this.syncScreen(transceivers);
    if (!announce) return;
    if (sharesChanged) handlers.sharesChanged();
    for (const { source, muted } of this.entries()) handlers.mutedChanged(source, muted);
  }

  private syncScreen(transceivers: Transceivers): boolean {
    const { track, audioTrack } = this.local.screen.state.getSnapshot();
    const sharing = track === null ? '' : audioTrack === null ? 'picture' : 'picture+sound';
    const changed = sharing !== this.sharing;
    this.sharing = sharing;
    if (changed && track !== null) transceivers.openScreen(audioTrack !== null);
    if (changed && track === null) transceivers.closeScreen();
    const { video, audio } = transceivers.screenSenders;
    if (video !== null) this.carry(video.sender, track);
    if (audio !== null) this.carry(audio.sender, audioTrack);
    return changed;
  }

  private carry(sender: RTCRtpSender, track: MediaStreamTrack | null): void {
    if (sender.track === track) return;
    sender.replaceTrack(track).catch((error: unknown) => {
      this.log.warn('a track could not be replaced', { error: String(error) });
    });
  }
}

function isMuted(source: LocalSource): boolean {
  return source.state.getSnapshot().status !== 'on';
}

function entry(
  transceiver: RTCRtpTransceiver | null,
  source: Source,
  muted: boolean,
): PublishEntry[] {
  const mid = transceiver?.mid ?? null;
  return mid === null ? [] : [{ mid, source, muted }];
}
