/**
 * The public types of the SDK: what an application sees of a meeting.
 *
 * Types only, so that every entry point (devices, testing) can share them for nothing. Everything
 * readable is a store with a stable snapshot: it changes by replacement, never in place.
 */

export type AudioSource = 'microphone' | 'screen-audio';
export type VideoSource = 'camera' | 'screen';
export type Source = AudioSource | VideoSource;
export type Kind = 'audio' | 'video';

/** A value that changes over time. `getSnapshot` returns the same reference until it changes. */
export interface ReadableStore<T> {
  getSnapshot(): T;
  subscribe(listener: () => void): () => void;
}

/** What went wrong, with a stable code that an application translates into words. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

export type Role = 'moderator' | 'participant';

export interface Producer {
  readonly producerId: string;
  readonly source: Source;
  readonly kind: Kind;
  /** A muted camera is a camera that is off: the seat keeps its place in the SDP. */
  readonly muted: boolean;
}

export interface Participant {
  readonly participantId: string;
  readonly displayName: string;
  readonly role: Role;
  readonly kind: 'person' | 'agent';
  readonly joinedAt: number;
  readonly connection: 'connected' | 'reconnecting';
  readonly producers: readonly Producer[];
}

/** `key` is stable from the first keystroke's echo to the stored message: render by it. */
export interface ChatEntry {
  readonly key: string;
  readonly messageId: string | null;
  readonly participantId: string;
  readonly displayName: string;
  readonly text: string;
  /** UTC milliseconds: the sender's guess while sending, the server's time once sent. */
  readonly sentAt: number;
  readonly status: 'sending' | 'sent' | 'failed';
  readonly error: Failure | null;
}

export interface RoomInfo {
  readonly roomId: string;
  readonly meetingId: string;
  readonly name: string;
  readonly slug: string;
  readonly maxParticipants: number;
  readonly features: Readonly<Record<string, boolean>>;
}

export interface Self {
  readonly participantId: string;
  readonly displayName: string;
  readonly role: Role;
  /** What the token and the room allow; a device of another source is stopped at the join. */
  readonly canPublish: readonly Source[];
}

export type Phase = 'idle' | 'joining' | 'waiting' | 'joined' | 'left' | 'failed';

/** `signal-lost`: media still flows. `media-lost`: the server is reachable, media is not. */
export type Connection = 'connected' | 'signal-lost' | 'media-lost' | 'reconnecting';

/** The meeting as this client knows it. Replaced whole by `reduce`. */
export interface MeetingState {
  readonly phase: Phase;
  readonly connection: Connection;
  /** Why `phase` is `failed`. */
  readonly error: Failure | null;
  /** Why the server ended the session (`duplicate`, `room_closed`, …); null after an own leave. */
  readonly endedBy: string | null;
  readonly room: RoomInfo | null;
  readonly self: Self | null;
  /** Everybody in the meeting, oneself included. */
  readonly participants: ReadonlyMap<string, Participant>;
  /** Participant ids by arrival; nobody moves when others come or go. */
  readonly order: readonly string[];
  readonly chat: readonly ChatEntry[];
  /** UTC milliseconds of the server's clock. */
  readonly startedAt: number | null;
  /** Add to `Date.now()` to read the server's clock. */
  readonly serverOffsetMs: number;
  /** The last meeting event that is contained; -1 before the first snapshot. */
  readonly seq: number;
}

export interface Speaker {
  readonly participantId: string;
  /** 0 to 100. */
  readonly level: number;
}

/** A video that the layout shows, in device pixels. Width 0 keeps it at hand without receiving it. */
export interface WantedVideo {
  readonly participantId: string;
  readonly source: VideoSource;
  readonly width: number;
  readonly height: number;
  /** Higher is served first when bandwidth is short. */
  readonly priority: number;
}

/** What the server sends of a wanted video at the moment. */
export interface VideoLayer {
  readonly state: 'active' | 'waiting' | 'paused' | 'starved' | 'unsupported';
  readonly rid: string | null;
  readonly width: number;
  readonly height: number;
}

export type SourceStatus = 'off' | 'starting' | 'on' | 'muted' | 'failed';

export interface LocalSourceState {
  readonly status: SourceStatus;
  readonly track: MediaStreamTrack | null;
  /** The sound that comes with a shared screen; null for devices. */
  readonly audioTrack: MediaStreamTrack | null;
  readonly deviceId: string | null;
  readonly error: Failure | null;
}

export interface StartOptions {
  /** Exactly this device when it is there, else the browser's choice. */
  readonly deviceId?: string;
  /** Screen only: also share sound where the browser can (default true). */
  readonly audio?: boolean;
}

/**
 * An own device. It belongs to the client: stopping and muting take effect at once, with or
 * without a server, and are reported afterwards.
 */
export interface LocalSource {
  readonly state: ReadableStore<LocalSourceState>;
  /** Starts, or switches to another device. Rejects with a StreamForgeError; `state.error` has it too. */
  start(options?: StartOptions): Promise<void>;
  /** Releases the device; its light goes out. */
  stop(): void;
  /** Sends nothing and keeps the device, so that unmuting is instant. */
  mute(): void;
  unmute(): void;
}

export interface LocalMedia {
  readonly microphone: LocalSource;
  readonly camera: LocalSource;
  readonly screen: LocalSource;
  /** Stops every device and lets go of all listeners. */
  dispose(): void;
}

/** Plays the voices of the meeting. No element is needed in the page. */
export interface RemoteAudio {
  /** True when the browser refuses to play sound before a gesture: offer a button that calls `resume`. */
  readonly blocked: ReadableStore<boolean>;
  resume(): Promise<void>;
  /** '' is the system's default. Rejects where the browser cannot choose. */
  setOutput(deviceId: string): Promise<void>;
}

export interface SentStream {
  readonly source: Source;
  readonly rid: string | null;
  readonly active: boolean;
  readonly bytes: number;
  readonly packets: number;
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly limitedBy: string;
}

export interface ReceivedStream {
  readonly mid: string;
  readonly kind: Kind;
  readonly participantId: string | null;
  readonly source: Source | null;
  readonly bytes: number;
  readonly packets: number;
  readonly packetsLost: number;
  readonly jitterMs: number;
  readonly width: number;
  readonly height: number;
  readonly framesDecoded: number;
  readonly framesPerSecond: number;
  readonly concealedSamples: number;
  readonly totalSamples: number;
}

/** Counters since the peer connection began; rates are the reader's difference. */
export interface RoomStats {
  readonly at: number;
  readonly roundTripMs: number | null;
  readonly sendBps: number | null;
  readonly receiveBps: number | null;
  readonly protocol: string | null;
  readonly sent: readonly SentStream[];
  readonly received: readonly ReceivedStream[];
}

export interface RoomEvents {
  'participant-joined': { readonly participant: Participant };
  'participant-left': { readonly participant: Participant; readonly reason: string };
  'chat-received': { readonly entry: ChatEntry };
  'session-ended': Failure;
  'media-reset': { readonly transportEpoch: number; readonly reason: string };
  reconnected: { readonly missedEvents: number };
  'token-expiring': { readonly expiresAt: number };
}

/** Where the SDK writes what it does. Never tokens, never SDP. */
export interface Logger {
  debug(message: string, detail?: Readonly<Record<string, unknown>>): void;
  warn(message: string, detail?: Readonly<Record<string, unknown>>): void;
}

/**
 * The seam of end-to-end encryption: called in the very task that creates a sender or a receiver.
 * One task later Chromium ignores a transform and sends plain text.
 */
export interface MediaTransforms {
  sender(sender: RTCRtpSender, kind: Kind): void;
  receiver(receiver: RTCRtpReceiver, kind: Kind): void;
}

export type VideoCodec = 'VP8' | 'VP9' | 'H264' | 'AV1';

/** How own video is encoded. What a browser cannot encode is sent in its own choice of codec. */
export interface PublishOptions {
  /** VP8 when left out: every browser encodes and decodes it without help. */
  readonly videoCodec?: VideoCodec;
  /** One camera stream with layers inside, as `L3T3_KEY`, instead of three streams. VP9 and AV1. */
  readonly scalabilityMode?: string;
}

export interface RoomOptions {
  /** Origin and base path of the server; the page's own origin when left out. */
  readonly serverUrl?: string;
  /** Id or slug. */
  readonly roomId: string;
  /** A function is asked at the first join and again when a token is about to expire; it gets the current one. */
  readonly token: string | ((current: string | null) => Promise<string>);
  /** May be said at the join instead, when the room is made before it is known. */
  readonly displayName?: string;
  /** Devices that a preview opened already; they are taken over as they are. */
  readonly local?: LocalMedia;
  readonly slots?: { readonly audio: number; readonly video: number };
  readonly publish?: PublishOptions;
  readonly transforms?: MediaTransforms;
  readonly log?: Logger;
}

export interface JoinOptions {
  readonly displayName?: string;
}

export interface Room {
  readonly state: ReadableStore<MeetingState>;
  readonly local: LocalMedia;
  /** Loudest first; empty in silence. Never touches `state`, so a grid need not render for it. */
  readonly speakers: ReadableStore<readonly Speaker[]>;
  readonly audio: RemoteAudio;
  /**
   * Connects and makes the first offer while the person still looks at the preview, which takes a
   * tenth of a second or more out of the join. Tells the server nothing; `leave` undoes it. The
   * server closes a connection on which nobody joins: calling it again makes anew what was lost.
   */
  prepare(): void;
  /** A room is joined once. Resolves once the seat is taken; rejects with a StreamForgeError that says why not. */
  join(options?: JoinOptions): Promise<void>;
  /** The network may be back: does not sit out the pause before the next attempt to reconnect. */
  retryNow(): void;
  /** Own devices stop at once; resolves when the server has heard it, or cannot. */
  leave(): Promise<void>;
  /** Shows the message at once; resolves when it is stored, also if that takes a reconnect. */
  sendChat(text: string): Promise<void>;
  /** Sends a message whose entry is `failed` once more, under the same identity. */
  retryChat(key: string): Promise<void>;
  /** The whole set of videos to receive; what stays wanted keeps its slot. */
  setWanted(wants: readonly WantedVideo[]): void;
  /** The same store for the same arguments; null while nothing of it is received. */
  videoTrack(participantId: string, source: VideoSource): ReadableStore<MediaStreamTrack | null>;
  videoLayer(participantId: string, source: VideoSource): ReadableStore<VideoLayer | null>;
  on<Name extends keyof RoomEvents>(
    name: Name,
    listener: (event: RoomEvents[Name]) => void,
  ): () => void;
  stats(): Promise<RoomStats>;
}

export interface Device {
  readonly deviceId: string;
  readonly kind: 'audioinput' | 'videoinput' | 'audiooutput';
  /** Empty until the browser has granted a permission. */
  readonly label: string;
}
