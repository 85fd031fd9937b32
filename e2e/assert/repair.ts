/** What a page's statistics tell of loss and its repair, over all of its peer connections. */
import type { Page } from '@playwright/test';

export interface Repair {
  /** Samples of received sound that were made up, and all of them. */
  readonly concealed: number;
  readonly samples: number;
  /** Packets of received video that came again because the page asked, and such that it sent again. */
  readonly repairedIn: number;
  readonly repairedOut: number;
  /** Bytes of a packet of sound, sent and received: statistics name the codec inside RED only. */
  readonly soundOut: number;
  readonly soundIn: number;
}

type Entry = RTCInboundRtpStreamStats & RTCOutboundRtpStreamStats;

export async function repair(page: Page): Promise<Repair> {
  return page.evaluate(async () => {
    const sum = { concealed: 0, samples: 0, repairedIn: 0, repairedOut: 0 };
    let [soundOut, soundIn] = [0, 0];
    for (const peer of window.mediaProbe.peers) {
      const report = (await peer.getStats()) as unknown as Map<string, Entry>;
      for (const entry of report.values()) {
        if (entry.type === 'inbound-rtp') {
          sum.repairedIn += entry.retransmittedPacketsReceived ?? 0;
          if (entry.kind !== 'audio' || !entry.packetsReceived) continue;
          sum.concealed += entry.concealedSamples ?? 0;
          sum.samples += entry.totalSamplesReceived ?? 0;
          soundIn = (entry.bytesReceived ?? 0) / entry.packetsReceived;
        } else if (entry.type === 'outbound-rtp') {
          sum.repairedOut += entry.retransmittedPacketsSent ?? 0;
          if (entry.kind !== 'audio' || !entry.packetsSent) continue;
          soundOut = (entry.bytesSent ?? 0) / entry.packetsSent;
        }
      }
    }
    return { ...sum, soundOut, soundIn };
  });
}

/** Share of the sound received between two readings that was made up. */
export function concealedShare(before: Repair, after: Repair): number {
  return (after.concealed - before.concealed) / Math.max(1, after.samples - before.samples);
}
