/** Which codecs are offered, in which order. Pure; also what keeps the SDP small. */
import type { Kind, VideoCodec } from '../types';

/** Matches a capability by MIME type and, where profiles differ, by a part of its parameters. */
interface Accepted {
  readonly mimeType: string;
  readonly parameter?: string;
  /** A capability that says nothing of this has the profile, too. */
  readonly impliedWithout?: string;
}

/** RED carries each frame twice: 10 % loss then conceals 0.8 % of the sound instead of 8.9 %. */
const AUDIO: readonly Accepted[] = [{ mimeType: 'audio/red' }, { mimeType: 'audio/opus' }];
const RTX: Accepted = { mimeType: 'video/rtx' };
/** The profiles that every browser shares. */
const VIDEO: Readonly<Record<VideoCodec, Accepted>> = {
  VP8: { mimeType: 'video/VP8' },
  // Profile 0 is the default of both (RFC 9628, RTP payload for AV1), and Firefox leaves it out.
  VP9: { mimeType: 'video/VP9', parameter: 'profile-id=0', impliedWithout: 'profile-id=' },
  H264: { mimeType: 'video/H264', parameter: 'packetization-mode=1;profile-level-id=42e01f' },
  AV1: { mimeType: 'video/AV1', parameter: 'profile=0', impliedWithout: 'profile=' },
};

/** What a sender offers: one codec, so that the server's answer cannot choose another. */
export function sentCodecs(
  capabilities: readonly RTCRtpCodec[],
  kind: Kind,
  video: VideoCodec = 'VP8',
): RTCRtpCodec[] {
  if (kind === 'audio') return pick(capabilities, AUDIO);
  const chosen = pick(capabilities, [VIDEO[video]]);
  return chosen.length === 0 ? [] : [...chosen, ...pick(capabilities, [RTX])];
}

/** A slot may be given any publisher, so it takes whatever browsers and foreign clients send. */
export function receivedCodecs(capabilities: readonly RTCRtpCodec[], kind: Kind): RTCRtpCodec[] {
  return pick(capabilities, kind === 'audio' ? AUDIO : [...Object.values(VIDEO), RTX]);
}

function pick(capabilities: readonly RTCRtpCodec[], wanted: readonly Accepted[]): RTCRtpCodec[] {
  return wanted.flatMap((accepted) => capabilities.filter((codec) => matches(codec, accepted)));
}

function matches({ mimeType, sdpFmtpLine = '' }: RTCRtpCodec, accepted: Accepted): boolean {
  if (mimeType.toLowerCase() !== accepted.mimeType.toLowerCase()) return false;
  const { parameter, impliedWithout } = accepted;
  if (parameter === undefined || sdpFmtpLine.includes(parameter)) return true;
  return impliedWithout !== undefined && !sdpFmtpLine.includes(impliedWithout);
}
