/**
 * The media side of a seat, across peer connections: makes offers one at a time, replaces the peer
 * connection when the server or its failure says so, and keeps tiles, voices and wants going.
 *
 * The epoch numbers the transports of the seat: an offer with the current one changes that
 * transport, an offer with the next one asks for a fresh transport.
 */
import { asFailure, CODES, StreamForgeError } from '../errors';
import type { ChannelMessage } from '../protocol/channel';
import { writeWant } from '../protocol/channel';
import { offerResult, type Answer, type Offer, type PublishEntry } from '../protocol/signaling';
import type { LocalMedia, RoomStats, Source, Speaker, WantedVideo } from '../types';
import { SlotAudio } from './audio';
import { MediaConnection, type ConnectionSettings } from './connection';
import { Publisher } from './publish';
import { Recovery, type MediaPath } from './recovery';
import { RemoteMedia } from './remote';
import { midsOf } from './transceivers';
import { NO_STATS, readStats } from './stats';
import { Wants } from './wants';

export interface LinkPort {
  /** Sends until it is answered, also across reconnects. */
  readonly sendOffer: (offer: Offer & { readonly transportEpoch: number }) => Promise<unknown>;
  readonly cancelOffers: () => void;
  /** Asks for a snapshot, which comes back through `joined`. */
  readonly resync: () => void;
  readonly mutedChanged: (source: Source, muted: boolean) => void;
  readonly speakers: (speakers: readonly Speaker[]) => void;
  readonly path: (path: MediaPath) => void;
  /** Whether the roster says that this source is muted. */
  readonly isMuted: (participantId: string, source: Source) => boolean;
}

/** Beyond this a page of tiles is smaller than faces are recognisable. */
const MAX_VIDEO_SLOTS = 25;
/** Slots are added in steps, so that a growing grid needs few offers. */
const SLOT_STEP = 4;
/** The server's answers to a change that it will never accept; the transport itself is well. */
const REFUSALS = new Set([
  'publish_not_allowed',
  'limit_exceeded',
  'too_many_media_lines',
  'too_many_tracks',
  'sdp_too_large',
]);
const STALE = 'stale_transport';

export class MediaLink {
  readonly remote = new RemoteMedia();
  readonly audio: SlotAudio;
  private readonly publisher: Publisher;
  private readonly wants: Wants;
  private readonly recovery: Recovery;
  private connection: MediaConnection | null = null;
  private epoch = 0;
  /** The first offer travels inside `join-room`; until it is answered no other is made. */
  private joining = false;
  /** Nothing can be negotiated before the first seat; the offer of its join says it all. */
  private seated = false;
  private negotiating = false;
  private again = false;
  private offered: readonly PublishEntry[] = [];
  private restartIce = false;
  /** The server counts another epoch than this client; the next snapshot says which. */
  private stale = false;
  private maxVideoSlots = MAX_VIDEO_SLOTS;
  private receiveBps: number | null = null;

  constructor(
    private readonly settings: ConnectionSettings,
    private readonly local: LocalMedia,
    private readonly port: LinkPort,
  ) {
    this.audio = new SlotAudio(settings.webRtc, settings.log);
    this.publisher = new Publisher(
      local,
      { sharesChanged: () => void this.negotiate(), mutedChanged: port.mutedChanged },
      settings.log,
    );
    this.wants = new Wants({
      send: (want) => this.connection?.send(writeWant(want)) ?? false,
      short: (missing) => this.growSlots(missing),
    });
    this.recovery = new Recovery({
      restartIce: () => {
        this.restartIce = true;
        void this.negotiate();
      },
      rebuild: () => this.rebuild(this.epoch + 1),
      path: port.path,
    });
  }

  /** Whether a resumed seat can keep its media. */
  get isAlive(): boolean {
    const { connection } = this;
    return connection !== null && connection.isAnswered && connection.state !== 'failed';
  }

  /** Makes the offer for `join-room` ahead of the join, which then need not wait for it. */
  async prepare(): Promise<void> {
    if (this.connection === null) this.connect();
    await this.connection?.offer(false);
  }

  /** The offer for `join-room`. An offer that got lost with its connection is used again. */
  async joinOffer(): Promise<Offer> {
    this.port.cancelOffers();
    this.joining = true;
    if (this.connection === null || this.connection.isAnswered) this.connect();
    const connection = this.connection;
    if (connection === null) throw new StreamForgeError(CODES.mediaFailed, 'media was closed');
    // Not before: an offer that was prepared waits for its join as long as the person likes.
    this.recovery.started();
    return this.describe(connection, await connection.offer(false));
  }

  /**
   * The server's word on this seat's transport, from `room-joined`. A fresh seat has none, although
   * the path of the seat before may look alive for a while: to a page that slept, say.
   */
  async joined(answer: Answer | null, transportEpoch: number, isSameSeat: boolean): Promise<void> {
    const { connection } = this;
    const waited = this.joining;
    this.joining = false;
    this.seated = true;
    if (waited && answer !== null && connection !== null && !connection.isAnswered) {
      this.epoch = transportEpoch;
      await this.accept(connection, answer.sdp);
      if (this.again || this.negotiating) void this.negotiate();
      return;
    }
    if (this.stale) this.rebuild(transportEpoch + 1);
    else if (!isSameSeat || !this.isAlive || transportEpoch !== this.epoch)
      this.rebuild(transportEpoch);
  }

  /** The media worker is gone: same tracks, same wants, same tiles over a new peer connection. */
  rebuild(transportEpoch: number): void {
    this.stale = false;
    this.port.cancelOffers();
    this.epoch = transportEpoch;
    this.connect();
    this.recovery.started();
    void this.negotiate();
  }

  onSignaling(up: boolean): void {
    this.recovery.onSignaling(up);
  }

  /** Somebody asks for it: tries at once what recovery would try later. */
  hurry(): void {
    this.recovery.hurry();
  }

  networkChanged(): void {
    this.recovery.networkChanged();
  }

  setWanted(wants: readonly WantedVideo[]): void {
    this.wants.set(wants);
  }

  /** The server's word on what this seat may publish; the next offer keeps to it. */
  allow(sources: readonly Source[]): void {
    this.publisher.allow(sources);
  }

  /** What the last offer said is published. */
  get published(): readonly PublishEntry[] {
    return this.offered;
  }

  /** The roster or the slots changed: a muted voice is silent although its slot may still play. */
  silenceMuted(): void {
    const slots = this.connection?.transceivers.audioSlots ?? [];
    slots.forEach(({ mid }, index) => {
      const bound = mid === null ? null : this.remote.binding(mid);
      const { participantId = null, source = null } = bound ?? {};
      const silent = participantId !== null && source !== null;
      this.audio.silence(index, silent && this.port.isMuted(participantId, source));
    });
  }

  async stats(): Promise<RoomStats> {
    const { connection } = this;
    if (connection === null) return NO_STATS;
    const report = await connection.getStats();
    return readStats((report as unknown as Map<string, Record<string, unknown>>).values(), {
      at: Date.now(),
      binding: (mid) => this.remote.binding(mid),
      sourceOf: (mid) => this.publisher.sourceOf(mid),
      receiveBps: this.receiveBps,
    });
  }

  close(): void {
    this.recovery.close();
    this.wants.close();
    this.publisher.close();
    this.connection?.close();
    this.connection = null;
    this.audio.close();
    this.remote.close();
  }

  private connect(): void {
    const before = this.connection;
    const connection: MediaConnection = new MediaConnection(this.settings, {
      state: (state) => this.recovery.onState(state),
      message: (message) => this.onMessage(message),
      channelOpen: () => this.wants.flush(),
    });
    this.connection = connection;
    this.restartIce = false;
    this.receiveBps = null;
    this.wants.reset();
    this.publisher.attach(connection.transceivers);
    this.remote.reset((mid) => connection.transceivers.videoTrack(mid));
    before?.close();
  }

  private async negotiate(): Promise<void> {
    this.again = true;
    if (this.negotiating || this.joining || !this.seated) return;
    this.negotiating = true;
    while (this.again && !this.isJoining()) {
      this.again = false;
      const { connection } = this;
      if (connection === null) break;
      try {
        await this.exchange(connection);
      } catch (error) {
        await this.failed(connection, error);
      }
    }
    this.negotiating = false;
  }

  /** Read anew after each await: a join may have begun meanwhile. */
  private isJoining(): boolean {
    return this.joining;
  }

  private async exchange(connection: MediaConnection): Promise<void> {
    const iceRestart = this.restartIce;
    this.restartIce = false;
    const offer = this.describe(connection, await connection.offer(iceRestart));
    if (connection !== this.connection) return;
    const result = await this.port.sendOffer({ ...offer, transportEpoch: this.epoch });
    if (connection !== this.connection) return;
    const { sdp, transportEpoch } = offerResult(result);
    this.epoch = transportEpoch;
    await this.accept(connection, sdp);
  }

  private describe(connection: MediaConnection, sdp: string): Offer {
    const want = this.wants.current(midsOf(connection.transceivers.videoSlots));
    this.offered = this.publisher.entries();
    return { sdp, publish: this.offered, want };
  }

  private async accept(connection: MediaConnection, sdp: string): Promise<void> {
    const first = !connection.isAnswered;
    await connection.applyAnswer(sdp);
    this.wants.setSlots(midsOf(connection.transceivers.videoSlots));
    if (first)
      this.audio.play(connection.transceivers.audioSlots.map((slot) => slot.receiver.track));
  }

  private async failed(connection: MediaConnection, error: unknown): Promise<void> {
    const { code, message } = asFailure(error);
    if (connection !== this.connection || code === CODES.cancelled) return;
    this.settings.log.warn('an offer failed', { code, message });
    if (code === STALE) {
      this.stale = true;
      this.port.resync();
    }
    // An unanswered connection is replaced by the recovery's deadline, ever more patiently.
    if (!connection.isAnswered) return;
    await connection.rollBack();
    if (REFUSALS.has(code)) this.maxVideoSlots = connection.transceivers.videoSlots.length;
    if (!connection.transceivers.isScreenOffered) this.local.screen.stop();
  }

  private growSlots(missing: number): void {
    const { connection } = this;
    if (connection === null || !connection.isAnswered) return;
    const { videoSlots } = connection.transceivers;
    // Slots that wait for their answer are on their way already.
    const coming = videoSlots.length - midsOf(videoSlots).length;
    const wanted = Math.ceil(missing / SLOT_STEP) * SLOT_STEP - coming;
    const count = Math.min(wanted, this.maxVideoSlots - videoSlots.length);
    if (count <= 0) return;
    connection.transceivers.addVideoSlots(count);
    void this.negotiate();
  }

  private onMessage(message: ChannelMessage): void {
    switch (message.type) {
      case 'slots':
        this.remote.onSlots(message.slots);
        this.wants.observe(this.remote.heldVideos());
        this.silenceMuted();
        break;
      case 'layers':
        this.remote.onLayers(message.layers);
        break;
      case 'speakers':
        this.port.speakers(message.speakers);
        break;
      case 'bandwidth':
        this.receiveBps = message.availableBps;
        break;
      case 'publish-layers':
        this.publisher.setLayers(message.mid, message.rids);
        break;
      case 'error':
        break;
    }
  }
}
