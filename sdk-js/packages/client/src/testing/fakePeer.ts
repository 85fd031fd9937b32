/**
 * A peer connection without a network: keeps the rules of offer, answer and mids that the SDK
 * relies on, and lets a test be the other side.
 */
import type { WebRtc } from '../media/browser';
import type { Kind } from '../types';
import { fakeTrack } from './fakeTrack';

interface FakeSender {
  track: MediaStreamTrack | null;
  parameters: { encodings: RTCRtpEncodingParameters[] };
  replaceTrack(track: MediaStreamTrack | null): Promise<void>;
  getParameters(): { encodings: RTCRtpEncodingParameters[] };
  setParameters(parameters: { encodings: RTCRtpEncodingParameters[] }): Promise<void>;
}

export interface FakeTransceiver {
  readonly kind: Kind;
  mid: string | null;
  direction: RTCRtpTransceiverDirection;
  currentDirection: RTCRtpTransceiverDirection | null;
  readonly sender: FakeSender;
  readonly receiver: { readonly track: MediaStreamTrack };
  setCodecPreferences(codecs: readonly RTCRtpCodec[]): void;
  stop(): void;
}

export class FakeChannel {
  readyState: 'connecting' | 'open' | 'closed' = 'connecting';
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  readonly sent: unknown[] = [];

  constructor(readonly label: string) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  open(): void {
    this.readyState = 'open';
    this.onopen?.();
  }

  /** A message from the media worker. */
  receive(message: Readonly<Record<string, unknown>>): void {
    this.onmessage?.({ data: JSON.stringify({ v: 1, ...message }) });
  }
}

export class FakePeer {
  connectionState: RTCPeerConnectionState = 'new';
  onconnectionstatechange: (() => void) | null = null;
  localDescription: { type: RTCSdpType; sdp: string } | null = null;
  pendingLocalDescription: { type: RTCSdpType; sdp: string } | null = null;
  readonly transceivers: FakeTransceiver[] = [];
  channel: FakeChannel | null = null;
  offers = 0;
  iceRestarts = 0;

  addTransceiver(kind: Kind, init: RTCRtpTransceiverInit): FakeTransceiver {
    const transceiver = fakeTransceiver(kind, init);
    this.transceivers.push(transceiver);
    return transceiver;
  }

  createDataChannel(label: string): FakeChannel {
    this.channel = new FakeChannel(label);
    return this.channel;
  }

  createOffer({ iceRestart = false }: RTCOfferOptions = {}): Promise<RTCSessionDescriptionInit> {
    this.offers += 1;
    if (iceRestart) this.iceRestarts += 1;
    return Promise.resolve({ type: 'offer', sdp: `v=0 offer ${this.offers}` });
  }

  setLocalDescription(description: RTCSessionDescriptionInit): Promise<void> {
    if (description.type === 'rollback') {
      this.pendingLocalDescription = null;
      for (const one of this.transceivers) if (one.currentDirection === null) one.mid = null;
      return Promise.resolve();
    }
    this.transceivers.forEach((one, index) => {
      one.mid ??= String(index);
    });
    this.localDescription = { type: description.type, sdp: description.sdp ?? '' };
    this.pendingLocalDescription = this.localDescription;
    return Promise.resolve();
  }

  setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    if (this.pendingLocalDescription === null) return Promise.reject(new Error('no offer'));
    if (!description.sdp?.startsWith('v=0')) return Promise.reject(new Error('bad answer'));
    this.pendingLocalDescription = null;
    for (const one of this.transceivers) one.currentDirection = one.direction;
    return Promise.resolve();
  }

  getStats(): Promise<ReadonlyMap<string, unknown>> {
    return Promise.resolve(new Map());
  }

  /** Says what the browser would say about the path. */
  become(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  /** The path is up and the channel open. */
  connect(): void {
    this.become('connected');
    this.channel?.open();
  }

  close(): void {
    this.connectionState = 'closed';
    if (this.channel !== null) this.channel.readyState = 'closed';
  }
}

function fakeTransceiver(kind: Kind, init: RTCRtpTransceiverInit): FakeTransceiver {
  const encodings = (init.sendEncodings ?? []).map((encoding) => ({ ...encoding }));
  const sender: FakeSender = {
    track: null,
    parameters: { encodings },
    replaceTrack: (track) => {
      sender.track = track;
      return Promise.resolve();
    },
    getParameters: () => structuredClone(sender.parameters),
    setParameters: (parameters) => {
      sender.parameters = structuredClone(parameters);
      return Promise.resolve();
    },
  };
  return {
    kind,
    mid: null,
    direction: init.direction ?? 'sendrecv',
    currentDirection: null,
    sender,
    receiver: { track: fakeTrack(kind) },
    setCodecPreferences: () => undefined,
    stop: () => undefined,
  };
}

/** An audio element that can be made to refuse, as browsers do before a gesture. */
export class FakeAudio {
  autoplay = false;
  srcObject: unknown = null;
  paused = true;
  muted = false;

  constructor(private readonly browser: { soundAllowed: boolean }) {}

  play(): Promise<void> {
    if (!this.browser.soundAllowed) {
      return Promise.reject(
        Object.assign(new Error('gesture needed'), { name: 'NotAllowedError' }),
      );
    }
    this.paused = false;
    return Promise.resolve();
  }

  pause(): void {
    this.paused = true;
  }
}

/** A browser whose peer connections and elements a test can reach. */
export class FakeWebRtc implements WebRtc {
  readonly peers: FakePeer[] = [];
  readonly audios: FakeAudio[] = [];
  soundAllowed = true;
  /** Video codecs of this browser. */
  encodes: readonly string[] = ['VP8', 'VP9'];
  decodes: readonly string[] = ['VP8', 'VP9', 'AV1'];

  get peer(): FakePeer {
    const peer = this.peers.at(-1);
    if (peer === undefined) throw new Error('no peer connection was made yet');
    return peer;
  }

  get openPeers(): number {
    return this.peers.filter((peer) => peer.connectionState !== 'closed').length;
  }

  createPeer(): RTCPeerConnection {
    const peer = new FakePeer();
    this.peers.push(peer);
    return peer as unknown as RTCPeerConnection;
  }

  codecs(kind: Kind, direction: 'send' | 'receive'): readonly RTCRtpCodec[] {
    if (kind === 'audio') return [];
    const names = direction === 'send' ? this.encodes : this.decodes;
    return names.map((name) => ({ mimeType: `video/${name}`, clockRate: 90_000 }));
  }

  createAudioElement(): HTMLAudioElement {
    const audio = new FakeAudio(this);
    this.audios.push(audio);
    return audio as unknown as HTMLAudioElement;
  }

  createStream(tracks: readonly MediaStreamTrack[]): MediaStream {
    return { tracks } as unknown as MediaStream;
  }
}
