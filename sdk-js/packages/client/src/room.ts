/**
 * The room: one seat, one meeting state, one media link, tied together. Decides nothing itself.
 */
import { ChatSender } from './chat';
import { asFailure, CODES, StreamForgeError } from './errors';
import { newId } from './ids';
import { browserWebRtc, onNetworkChange, onPageHide, type WebRtc } from './media/browser';
import { MediaLink } from './media/link';
import { createLocalMedia } from './media/local';
import type { MediaPath } from './media/recovery';
import * as wire from './protocol/signaling';
import { Session } from './session';
import type { SignalingClient } from './signaling/client';
import { promiseParts } from './signaling/promises';
import { MuteReports } from './signaling/mutes';
import { Outbox } from './signaling/outbox';
import { openSocket, type OpenSocket } from './signaling/socket';
import { TokenSource } from './signaling/token';
import { producerOf } from './state/selectors';
import { connectionOf } from './state/connection';
import { MeetingStore } from './state/store';
import { createStore } from './store';
import type {
  Failure,
  JoinOptions,
  LocalMedia,
  Logger,
  Room,
  RoomEvents,
  RoomOptions,
  RoomStats,
  Source,
  Speaker,
  VideoSource,
  WantedVideo,
} from './types';

/** What a browser provides and a test replaces. */
export interface RoomPorts {
  readonly openSocket: OpenSocket;
  readonly webRtc: WebRtc;
  readonly random: () => number;
}

const BROWSER: RoomPorts = { openSocket, webRtc: browserWebRtc, random: Math.random };
const SILENT: Logger = { debug: () => undefined, warn: () => undefined };
const DEFAULT_SLOTS = { audio: 3, video: 9 };

export function createRoom(options: RoomOptions): Room {
  return new MeetingRoom(options, BROWSER);
}

export class MeetingRoom implements Room {
  readonly local: LocalMedia;
  readonly speakers = createStore<readonly Speaker[]>([]);
  private readonly meeting = new MeetingStore(() => this.resync());
  private readonly outbox = new Outbox();
  private readonly mutes: MuteReports;
  private readonly chat: ChatSender;
  private readonly link: MediaLink;
  private readonly session: Session;
  private readonly token: TokenSource;
  private readonly log: Logger;
  private readonly joining = promiseParts<true>();
  private readonly stopListening: (() => void)[] = [];
  private path: MediaPath = 'new';
  private everSeated = false;
  private everLost = false;
  private displayName: string;

  constructor(options: RoomOptions, ports: RoomPorts) {
    this.log = options.log ?? SILENT;
    this.displayName = options.displayName ?? '';
    this.local = options.local ?? createLocalMedia();
    this.token = new TokenSource(options.token);
    this.mutes = new MuteReports(this.log);
    this.chat = new ChatSender(this.meeting, this.outbox);
    this.link = this.createLink(options, ports);
    this.session = this.createSession(options, ports);
    // Nobody may listen: a join that fails is also told by the state.
    this.joining.promise.catch(() => undefined);
  }

  get state() {
    return this.meeting.readable;
  }

  get audio() {
    return this.link.audio;
  }

  prepare(): void {
    if (this.meeting.current.phase !== 'idle') return;
    this.session.prepare();
    this.link.prepare().catch((error: unknown) => {
      // The join makes its own offer and tells what is wrong.
      this.log.warn('no offer ahead of the join', { ...asFailure(error) });
    });
  }

  join({ displayName }: JoinOptions = {}): Promise<void> {
    if (this.meeting.current.phase !== 'idle') {
      const error = new StreamForgeError(CODES.alreadyJoined, 'a room is joined once');
      return Promise.reject(error);
    }
    this.displayName = displayName ?? this.displayName;
    this.meeting.client({ name: 'phase-changed', phase: 'joining' });
    this.stopListening.push(
      onNetworkChange(() => {
        this.session.hurry();
        this.link.networkChanged();
      }),
      this.meeting.readable.subscribe(() => this.link.silenceMuted()),
      onPageHide(() => void this.leave()),
      this.meeting.events.on('participant-left', ({ participant }) =>
        this.link.remote.forget(participant.participantId),
      ),
    );
    this.session.start();
    return this.joining.promise.then(() => undefined);
  }

  retryNow(): void {
    this.session.hurry();
    this.link.hurry();
  }

  async leave(): Promise<void> {
    if (this.isOver()) return;
    this.meeting.client({ name: 'session-ended', code: null });
    this.joining.reject(new StreamForgeError(CODES.cancelled, 'left before the join was done'));
    const goodbye = this.session.leave();
    this.release();
    await goodbye;
  }

  sendChat(text: string): Promise<void> {
    return this.chat.send(text);
  }

  retryChat(key: string): Promise<void> {
    return this.chat.retry(key);
  }

  setWanted(wants: readonly WantedVideo[]): void {
    this.link.setWanted(wants);
  }

  videoTrack(participantId: string, source: VideoSource) {
    return this.link.remote.videoTrack(participantId, source);
  }

  videoLayer(participantId: string, source: VideoSource) {
    return this.link.remote.videoLayer(participantId, source);
  }

  on<Name extends keyof RoomEvents>(
    name: Name,
    listener: (event: RoomEvents[Name]) => void,
  ): () => void {
    return this.meeting.events.on(name, listener);
  }

  stats(): Promise<RoomStats> {
    return this.link.stats();
  }

  private createLink(options: RoomOptions, { webRtc }: RoomPorts): MediaLink {
    const slots = options.slots ?? DEFAULT_SLOTS;
    const transforms = options.transforms ?? null;
    const { publish } = options;
    return new MediaLink({ webRtc, slots, transforms, publish, log: this.log }, this.local, {
      sendOffer: async (offer) => {
        const result = await this.outbox.send('offer', newId('cmd'), { ...offer });
        this.mutes.told(mutesOf(offer.publish));
        return result;
      },
      cancelOffers: () => this.outbox.cancel('offer'),
      resync: () => this.resync(),
      isMuted: (participantId, source) => {
        const participant = this.meeting.current.participants.get(participantId);
        return participant !== undefined && producerOf(participant, source)?.muted === true;
      },
      mutedChanged: (source, muted) => this.mutes.set(source, muted),
      speakers: (speakers) => this.speakers.set(speakers),
      path: (path) => {
        this.path = path;
        this.showConnection();
      },
    });
  }

  private createSession(options: RoomOptions, ports: RoomPorts): Session {
    const { link, meeting } = this;
    return new Session(
      {
        serverUrl: options.serverUrl ?? globalThis.location.origin,
        roomId: options.roomId,
        displayName: () => this.displayName,
        token: this.token,
        correlationId: newId('cor'),
        openSocket: ports.openSocket,
        random: ports.random,
        log: this.log,
      },
      {
        offer: () => (link.isAlive ? Promise.resolve(null) : link.joinOffer()),
        lastSeq: () => meeting.current.seq,
        waiting: () => meeting.client({ name: 'phase-changed', phase: 'waiting' }),
        snapshot: (snapshot, client) => this.seated(snapshot, client),
        event: (name, data) => this.onEvent(name, data),
        lost: () => this.onLost(),
        ended: (failure) => {
          meeting.client({ name: 'session-ended', code: failure.code });
          meeting.events.emit('session-ended', failure);
          this.joining.reject(new StreamForgeError(failure.code, failure.message));
          this.release();
        },
        failed: (error) => {
          meeting.client({ name: 'phase-changed', phase: 'failed', error });
          this.joining.reject(new StreamForgeError(error.code, error.message));
          this.release();
        },
      },
    );
  }

  private seated(snapshot: wire.RoomJoined, client: SignalingClient): void {
    this.everSeated = true;
    const missed = wire.readMissed(snapshot.missed);
    const news = this.meeting.snapshot(snapshot, missed, Date.now());
    if (snapshot.offerError !== null)
      this.log.warn('no answer in the join', { ...snapshot.offerError });
    this.link.allow(snapshot.self.canPublish);
    this.link.onSignaling(true);
    // Before the outbox speaks: a replaced peer connection withdraws its offers.
    const { answer, transportEpoch, resumed } = snapshot;
    this.link.joined(answer, transportEpoch, resumed).catch((error: unknown) => {
      this.log.warn('the answer was not taken', { ...asFailure(error) });
      this.link.rebuild(transportEpoch + 1);
    });
    this.outbox.attach(client);
    this.mutes.attach(client, this.knownMutes(snapshot), snapshot.self.canPublish);
    this.showConnection();
    this.joining.resolve(true);
    if (!this.everLost) return;
    this.everLost = false;
    this.meeting.events.emit('reconnected', { missedEvents: news });
  }

  /** What the server knows of own mutes: the offer's word, then its own. */
  private knownMutes({ self, participants, answer }: wire.RoomJoined): Map<Source, boolean> {
    const known = mutesOf(answer === null ? [] : this.link.published);
    const own = participants.find((one) => one.participantId === self.participantId);
    for (const { source, muted } of own?.producers ?? []) known.set(source, muted);
    return known;
  }

  private onLost(): void {
    this.everLost = true;
    this.outbox.detach();
    this.mutes.detach();
    this.link.onSignaling(false);
    this.showConnection();
  }

  private onEvent(name: string, data: unknown): void {
    if (name === 'media-reset') {
      const reset = wire.mediaReset(data, name);
      this.meeting.events.emit('media-reset', reset);
      this.link.rebuild(reset.transportEpoch);
      return;
    }
    if (name === 'token-expiring') {
      this.meeting.events.emit('token-expiring', wire.tokenExpiring(data, name));
      void this.token.renewOn(this.session.live, this.log);
      return;
    }
    const event = wire.readMeetingEvent(name, data);
    if (event === null) return;
    this.meeting.server(event);
    if (event.name === 'room-closed') this.closedByRoom();
  }

  private closedByRoom(): void {
    const failure: Failure = { code: 'room_closed', message: 'The room was closed.' };
    this.meeting.events.emit('session-ended', failure);
    this.session.close();
    this.release();
  }

  private resync(): void {
    this.session.requestSnapshot().catch((error: unknown) => {
      this.log.warn('no snapshot', { ...asFailure(error) });
      this.meeting.forgetGap();
    });
  }

  private showConnection(): void {
    if (this.isOver()) return;
    const connection = connectionOf(this.session.live !== null, this.path);
    this.meeting.client({ name: 'connection-changed', connection });
  }

  private isOver(): boolean {
    const { phase } = this.meeting.current;
    return phase === 'left' || phase === 'failed';
  }

  /**
   * The peer connection closes, no timer and no listener stays behind. Devices stop with a meeting;
   * a join that failed leaves them to the preview, which is still looked at.
   */
  private release(): void {
    this.outbox.close();
    this.mutes.detach();
    this.link.close();
    if (this.everSeated) this.local.dispose();
    this.speakers.set([]);
    for (const stop of this.stopListening.splice(0)) stop();
  }
}

function mutesOf(publish: readonly wire.PublishEntry[]): Map<Source, boolean> {
  return new Map(publish.map(({ source, muted }) => [source, muted]));
}
