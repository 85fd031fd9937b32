/**
 * The m-lines of the one peer connection: what is sent, and the slots that receive.
 *
 * The order is the order of mids: microphone, camera, audio slots, video slots, then whatever is
 * added later. Senders exist from the start without a track, so that starting a device needs no offer.
 */
import type { Kind, MediaTransforms, PublishOptions } from '../types';
import type { WebRtc } from './browser';
import { receivedCodecs, sentCodecs } from './codecs';

/** Quarter, half and full size. Bit rates for a 720p camera; the allocator picks per receiver. */
const CAMERA_LAYERS: RTCRtpEncodingParameters[] = [
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000, active: true },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000, active: true },
  { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1_700_000, active: true },
];
/** One stream with its layers inside may cost what the three would together. */
const SCALABLE_MAX_BITRATE = 2_350_000;
/** A share for narrow paths, and one whose text is sharp. */
const SCREEN_LAYERS: RTCRtpEncodingParameters[] = [
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000, maxFramerate: 10, active: true },
  { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 2_500_000, maxFramerate: 30, active: true },
];
/** Opus is transparent for one voice at 32 kbit/s; RED sends it twice. */
const VOICE: RTCRtpEncodingParameters[] = [{ maxBitrate: 32_000 }];
const SCREEN_SOUND: RTCRtpEncodingParameters[] = [{ maxBitrate: 96_000 }];
const DEPENDENCY_DESCRIPTOR = 'dependency-descriptor-rtp-header-extension';

interface HeaderExtension {
  uri: string;
  direction: RTCRtpTransceiverDirection;
}

/** The standard's (WebRTC-SVC) and the browsers', not yet TypeScript's. */
interface ScalableEncoding extends RTCRtpEncodingParameters {
  scalabilityMode: string;
}

interface ExtensionControl {
  getHeaderExtensionsToNegotiate?: () => HeaderExtension[];
  setHeaderExtensionsToNegotiate?: (extensions: HeaderExtension[]) => void;
}

export class Transceivers {
  readonly microphone: RTCRtpTransceiver;
  readonly camera: RTCRtpTransceiver;
  readonly audioSlots: RTCRtpTransceiver[] = [];
  readonly videoSlots: RTCRtpTransceiver[] = [];
  private screen: RTCRtpTransceiver | null = null;
  private screenAudio: RTCRtpTransceiver | null = null;

  constructor(
    private readonly peer: RTCPeerConnection,
    private readonly webRtc: WebRtc,
    private readonly transforms: MediaTransforms | null,
    slots: { readonly audio: number; readonly video: number },
    private readonly publish: PublishOptions = {},
  ) {
    this.microphone = this.addSender('audio', VOICE);
    this.camera = this.addSender('video', this.cameraLayers());
    for (let i = 0; i < slots.audio; i++) this.audioSlots.push(this.addReceiver('audio'));
    this.addVideoSlots(slots.video);
  }

  addVideoSlots(count: number): void {
    for (let i = 0; i < count; i++) this.videoSlots.push(this.addReceiver('video'));
  }

  /** The m-lines of a share; a later share takes the same ones again. */
  openScreen(withAudio: boolean): void {
    this.screen ??= this.addSender('video', SCREEN_LAYERS);
    this.screen.direction = 'sendonly';
    if (withAudio) this.screenAudio ??= this.addSender('audio', SCREEN_SOUND);
    if (this.screenAudio !== null) this.screenAudio.direction = withAudio ? 'sendonly' : 'inactive';
  }

  closeScreen(): void {
    if (this.screen !== null) this.screen.direction = 'inactive';
    if (this.screenAudio !== null) this.screenAudio.direction = 'inactive';
  }

  get screenSenders(): {
    readonly video: RTCRtpTransceiver | null;
    readonly audio: RTCRtpTransceiver | null;
  } {
    return { video: this.screen, audio: this.screenAudio };
  }

  /** Whether a share that is open is one that the server knows. */
  get isScreenOffered(): boolean {
    return this.screen === null || this.screen.currentDirection === this.screen.direction;
  }

  /** After a rollback: slots that never got a mid would only be refused again. */
  dropUnnegotiated(): void {
    const refused = this.videoSlots.filter(({ mid }) => mid === null);
    for (const slot of refused) {
      slot.stop();
      this.videoSlots.splice(this.videoSlots.indexOf(slot), 1);
    }
  }

  videoTrack(mid: string): MediaStreamTrack | null {
    return this.videoSlots.find((slot) => slot.mid === mid)?.receiver.track ?? null;
  }

  private addSender(kind: Kind, sendEncodings: RTCRtpEncodingParameters[]): RTCRtpTransceiver {
    const copies = sendEncodings.map((encoding) => ({ ...encoding }));
    const transceiver = this.peer.addTransceiver(kind, {
      direction: 'sendonly',
      sendEncodings: copies,
    });
    this.transforms?.sender(transceiver.sender, kind);
    prefer(transceiver, this.codecsToSend(kind));
    return transceiver;
  }

  private addReceiver(kind: Kind): RTCRtpTransceiver {
    const transceiver = this.peer.addTransceiver(kind, { direction: 'recvonly' });
    this.transforms?.receiver(transceiver.receiver, kind);
    prefer(transceiver, receivedCodecs(this.capabilities(kind), kind));
    if (kind === 'video') negotiateDependencyDescriptor(transceiver);
    return transceiver;
  }

  private capabilities(kind: Kind): readonly RTCRtpCodec[] {
    return this.webRtc.codecs(kind, 'receive');
  }

  /** Browsers check preferences against what they receive, also for senders; encoding is asked here. */
  private codecsToSend(kind: Kind): RTCRtpCodec[] {
    const encoded = new Set(this.webRtc.codecs(kind, 'send').map(({ mimeType }) => mimeType));
    const both = this.capabilities(kind).filter(({ mimeType }) => encoded.has(mimeType));
    return sentCodecs(both, kind, this.publish.videoCodec);
  }

  /** One stream with layers inside only where the codec has them; else three streams. */
  private cameraLayers(): RTCRtpEncodingParameters[] {
    const { scalabilityMode, videoCodec } = this.publish;
    const hasLayers = videoCodec === 'VP9' || videoCodec === 'AV1';
    if (scalabilityMode === undefined || !hasLayers) return CAMERA_LAYERS;
    if (this.codecsToSend('video').length === 0) return CAMERA_LAYERS;
    const maxBitrate = SCALABLE_MAX_BITRATE;
    const one: ScalableEncoding = { scalabilityMode, maxBitrate, active: true };
    return [one];
  }
}

function prefer(transceiver: RTCRtpTransceiver, codecs: RTCRtpCodec[]): void {
  if (codecs.length > 0) transceiver.setCodecPreferences(codecs);
}

/** Only those that were offered have a mid. */
export function midsOf(transceivers: readonly RTCRtpTransceiver[]): string[] {
  return transceivers.flatMap(({ mid }) => mid ?? []);
}

/** Chromium offers it only where it sends; without it scalable AV1 never decodes in a receive slot. */
function negotiateDependencyDescriptor(transceiver: RTCRtpTransceiver): void {
  const control = transceiver as ExtensionControl;
  const extensions = control.getHeaderExtensionsToNegotiate?.call(transceiver);
  if (extensions === undefined) return;
  for (const extension of extensions) {
    if (extension.uri.includes(DEPENDENCY_DESCRIPTOR)) extension.direction = 'sendrecv';
  }
  control.setHeaderExtensionsToNegotiate?.call(transceiver, extensions);
}
