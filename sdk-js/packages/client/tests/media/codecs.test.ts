import { describe, expect, it } from 'vitest';
import { receivedCodecs, sentCodecs } from '../../src/media/codecs';

const codec = (mimeType: string, sdpFmtpLine?: string): RTCRtpCodec => ({
  mimeType,
  clockRate: 90_000,
  ...(sdpFmtpLine === undefined ? {} : { sdpFmtpLine }),
});
/** As Chromium lists them, shortened. */
const VIDEO = [
  codec('video/VP8'),
  codec('video/rtx'),
  codec('video/VP9', 'profile-id=0'),
  codec('video/VP9', 'profile-id=2'),
  codec('video/H264', 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f'),
  codec('video/H264', 'level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f'),
  codec('video/AV1', 'level-idx=5;profile=0;tier=0'),
  codec('video/red'),
  codec('video/ulpfec'),
];
const names = (codecs: readonly RTCRtpCodec[]) =>
  codecs.map(({ mimeType }) => mimeType.split('/')[1]);

describe('codec preferences', () => {
  it('put RED before Opus, so that loss is heard less', () => {
    const audio = [
      codec('audio/opus'),
      codec('audio/red'),
      codec('audio/PCMU'),
      codec('audio/G722'),
    ];
    expect(names(receivedCodecs(audio, 'audio'))).toEqual(['red', 'opus']);
  });

  it('send VP8 and receive whatever clients send, VP8 first', () => {
    expect(names(sentCodecs(VIDEO, 'video'))).toEqual(['VP8', 'rtx']);
    expect(names(receivedCodecs(VIDEO, 'video'))).toEqual(['VP8', 'VP9', 'H264', 'AV1', 'rtx']);
  });

  it('send the one codec that an application chose, in the profile that all share', () => {
    const [vp9, rtx] = sentCodecs(VIDEO, 'video', 'VP9');
    expect([vp9?.sdpFmtpLine, rtx?.mimeType]).toEqual(['profile-id=0', 'video/rtx']);
  });

  it('leave the choice to a browser that lacks the chosen one', () => {
    expect(sentCodecs([codec('video/VP8'), codec('video/rtx')], 'video', 'AV1')).toEqual([]);
  });

  it('know the default profile where a browser says none, as Firefox does', () => {
    const firefox = [
      codec('video/VP8', 'max-fs=12288;max-fr=60'),
      codec('video/VP9', 'max-fs=12288;max-fr=60'),
      codec('video/AV1'),
    ];
    expect(names(receivedCodecs(firefox, 'video'))).toEqual(['VP8', 'VP9', 'AV1']);
  });

  it('are empty where a browser lists nothing, which then offers its own', () => {
    expect(receivedCodecs([], 'video')).toEqual([]);
  });
});
