/**
 * ONE peer connection: offers, takes answers, carries the `sfu` channel. It never answers.
 *
 * A connection is used up when it closes; `link.ts` makes the next one. Candidates are not waited
 * for: the server is reachable at the addresses in its answer and learns ours from our checks.
 */
import { CHANNEL_LABEL, readChannelMessage, type ChannelMessage } from '../protocol/channel';
import type { Logger, MediaTransforms, PublishOptions } from '../types';
import type { WebRtc } from './browser';
import { Transceivers } from './transceivers';

export interface ConnectionHandlers {
  readonly state: (state: RTCPeerConnectionState) => void;
  readonly message: (message: ChannelMessage) => void;
  readonly channelOpen: () => void;
}

export interface ConnectionSettings {
  readonly webRtc: WebRtc;
  readonly slots: { readonly audio: number; readonly video: number };
  readonly transforms: MediaTransforms | null;
  readonly publish?: PublishOptions | undefined;
  readonly log: Logger;
}

export class MediaConnection {
  readonly transceivers: Transceivers;
  private readonly peer: RTCPeerConnection;
  private readonly channel: RTCDataChannel;
  private closed = false;
  private answered = false;
  private offering: Promise<string> | null = null;

  constructor(
    private readonly settings: ConnectionSettings,
    private readonly handlers: ConnectionHandlers,
  ) {
    const { webRtc, transforms, slots, publish } = settings;
    this.peer = webRtc.createPeer({ bundlePolicy: 'max-bundle' });
    this.transceivers = new Transceivers(this.peer, webRtc, transforms, slots, publish);
    this.channel = this.peer.createDataChannel(CHANNEL_LABEL);
    this.channel.onopen = () => handlers.channelOpen();
    this.channel.onmessage = (event: MessageEvent<unknown>) => this.onMessage(event.data);
    this.peer.onconnectionstatechange = () => {
      if (!this.closed) handlers.state(this.peer.connectionState);
    };
  }

  get state(): RTCPeerConnectionState {
    return this.closed ? 'closed' : this.peer.connectionState;
  }

  /** Whether an answer was ever applied: before that, another server may answer the same offer. */
  get isAnswered(): boolean {
    return this.answered;
  }

  /** An offer that nobody answered yet is offered again as it is; one that is being made is shared. */
  offer(iceRestart: boolean): Promise<string> {
    const pending = this.peer.pendingLocalDescription;
    if (pending?.type === 'offer') return Promise.resolve(pending.sdp);
    this.offering ??= this.createOffer(iceRestart).finally(() => (this.offering = null));
    return this.offering;
  }

  private async createOffer(iceRestart: boolean): Promise<string> {
    const { sdp = '' } = await this.peer.createOffer({ iceRestart });
    await this.peer.setLocalDescription({ type: 'offer', sdp });
    return this.peer.localDescription?.sdp ?? sdp;
  }

  async applyAnswer(sdp: string): Promise<void> {
    await this.peer.setRemoteDescription({ type: 'answer', sdp });
    this.answered = true;
  }

  /** Takes back an offer that the server will never accept. */
  async rollBack(): Promise<void> {
    await this.peer.setLocalDescription({ type: 'rollback' });
    this.transceivers.dropUnnegotiated();
  }

  /** False while the channel is not open: the caller sends again on `channelOpen`. */
  send(text: string): boolean {
    if (this.channel.readyState !== 'open') return false;
    this.channel.send(text);
    return true;
  }

  getStats(): Promise<RTCStatsReport> {
    return this.peer.getStats();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.peer.onconnectionstatechange = null;
    this.channel.onopen = null;
    this.channel.onmessage = null;
    this.peer.close();
  }

  private onMessage(data: unknown): void {
    const { log } = this.settings;
    if (this.closed || typeof data !== 'string') return;
    let message: ChannelMessage | null;
    try {
      message = readChannelMessage(data);
    } catch (error) {
      log.warn('an sfu message cannot be read', { error: String(error) });
      return;
    }
    if (message?.type === 'error')
      log.warn('the media worker refused a message', { code: message.code });
    else if (message !== null) this.handlers.message(message);
  }
}
