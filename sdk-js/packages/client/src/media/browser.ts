/** The parts of a browser's WebRTC that the SDK needs, so that a test can stand in for them. */
import { CODES, StreamForgeError } from '../errors';
import type { Kind } from '../types';

export interface WebRtc {
  createPeer(configuration: RTCConfiguration): RTCPeerConnection;
  codecs(kind: Kind, direction: 'send' | 'receive'): readonly RTCRtpCodec[];
  createAudioElement(): HTMLAudioElement;
  createStream(tracks: readonly MediaStreamTrack[]): MediaStream;
}

export const browserWebRtc: WebRtc = {
  createPeer: (configuration) => {
    if (!('RTCPeerConnection' in globalThis)) {
      throw new StreamForgeError(CODES.unsupported, 'this browser has no WebRTC');
    }
    return new RTCPeerConnection(configuration);
  },
  codecs: (kind, direction) => {
    const side = direction === 'send' ? RTCRtpSender : RTCRtpReceiver;
    return side.getCapabilities(kind)?.codecs ?? [];
  },
  createAudioElement: () => new Audio(),
  createStream: (tracks) => new MediaStream([...tracks]),
};

export function canShareScreen(): boolean {
  const { mediaDevices } = (globalThis as { navigator?: Partial<Navigator> }).navigator ?? {};
  return mediaDevices !== undefined && 'getDisplayMedia' in mediaDevices;
}

/** Calls back when the machine's way to the network may have changed. */
export function onNetworkChange(callback: () => void): () => void {
  if (!('window' in globalThis)) return () => undefined;
  window.addEventListener('online', callback);
  const connection = (navigator as { connection?: EventTarget & { type?: string } }).connection;
  // The event also reports new estimates of speed; only another kind of link is another path.
  let type = connection?.type;
  const onChange = () => {
    if (connection?.type === type) return;
    type = connection?.type;
    callback();
  };
  connection?.addEventListener('change', onChange);
  return () => {
    window.removeEventListener('online', callback);
    connection?.removeEventListener('change', onChange);
  };
}

/** Calls back when the page goes away for good. */
export function onPageHide(callback: () => void): () => void {
  if (!('window' in globalThis)) return () => undefined;
  const onHide = (event: PageTransitionEvent) => {
    if (!event.persisted) callback();
  };
  window.addEventListener('pagehide', onHide);
  return () => window.removeEventListener('pagehide', onHide);
}
