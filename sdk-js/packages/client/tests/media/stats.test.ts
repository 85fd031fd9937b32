import { describe, expect, it } from 'vitest';
import { readStats } from '../../src/media/stats';

describe('statistics', () => {
  it('name who is received and what is sent', () => {
    const entries = [
      {
        type: 'candidate-pair',
        nominated: true,
        localCandidateId: 'c',
        currentRoundTripTime: 0.02,
        availableOutgoingBitrate: 9,
      },
      { type: 'local-candidate', id: 'c', protocol: 'udp' },
      { type: 'outbound-rtp', mid: '1', rid: 'q', bytesSent: 7, frameWidth: 320 },
      { type: 'outbound-rtp', mid: '99', bytesSent: 1 },
      { type: 'inbound-rtp', mid: '5', kind: 'video', framesDecoded: 3, jitter: 0.004 },
    ];
    const stats = readStats(entries, {
      at: 1,
      receiveBps: 5,
      sourceOf: (mid) => (mid === '1' ? 'camera' : null),
      binding: () => ({ mid: '5', kind: 'video', participantId: 'ada', source: 'camera' }),
    });
    expect(stats).toMatchObject({ roundTripMs: 20, sendBps: 9, receiveBps: 5, protocol: 'udp' });
    expect(stats.sent).toMatchObject([
      { source: 'camera', rid: 'q', bytes: 7, width: 320, active: true },
    ]);
    expect(stats.received).toMatchObject([
      { participantId: 'ada', framesDecoded: 3, jitterMs: 4, bytes: 0 },
    ]);
  });

  it('are empty before anything is connected', () => {
    const nothing = { at: 1, receiveBps: null, sourceOf: () => null, binding: () => null };
    expect(readStats([], nothing)).toMatchObject({
      roundTripMs: null,
      protocol: null,
      sent: [],
      received: [],
    });
  });
});
