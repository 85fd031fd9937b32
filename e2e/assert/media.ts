/**
 * Proof that media arrives: decoded frames that grow, their size, sound that is played, and
 * *whose* picture and sound it is. "A video element is visible" proves nothing and is not used.
 */
import { expect, type Locator, type Page } from '@playwright/test';
import type { Identity, Rgb } from '../fixtures/sources.ts';

/** Furthest that a codec at a low rate moves a plain colour; the sources are at least 100 apart. */
export const COLOUR_TOLERANCE = 45;

export interface Picture {
  readonly colour: Rgb;
  readonly frames: number;
  readonly width: number;
  readonly height: number;
}

/** What a <video> shows now; runs inside the page. */
export function readPicture(video: HTMLVideoElement): Picture | null {
  if (video.videoWidth === 0 || video.readyState < 2) return null;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [16, 9];
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) return null;
  context.drawImage(video, 0, 0, 16, 9);
  // The middle, away from the walking bar at the lower edge.
  const { data } = context.getImageData(6, 3, 4, 2);
  const sum = [0, 0, 0];
  data.forEach((value, index) => {
    const channel = index % 4;
    if (channel < 3) sum[channel] = (sum[channel] ?? 0) + value;
  });
  const [red = 0, green = 0, blue = 0] = sum.map((total) => Math.round(total / (data.length / 4)));
  return {
    colour: [red, green, blue],
    frames: video.getVideoPlaybackQuality().totalVideoFrames,
    width: video.videoWidth,
    height: video.videoHeight,
  };
}

/** What the <video> inside `tile` shows now; null when it has nothing to show. */
export async function picture(tile: Locator): Promise<Picture | null> {
  return tile.locator('video').first().evaluate(readPicture);
}

export function distance(a: Rgb, b: Rgb): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** The tile shows this identity, moving, and not smaller than `minimumWidth`. */
export async function expectSeen(tile: Locator, who: Identity, minimumWidth = 160): Promise<void> {
  await expect
    .poll(
      async () => {
        const seen = await picture(tile);
        if (seen === null) return 'no picture';
        const apart = distance(seen.colour, who.colour);
        return apart <= COLOUR_TOLERANCE ? who.name : `colour ${seen.colour.join()}`;
      },
      { message: `${who.name} is seen by colour` },
    )
    .toBe(who.name);
  let first = Infinity;
  await expect
    .poll(
      async () => {
        const frames = (await picture(tile))?.frames ?? 0;
        // A tile that moved has a new element, which counts from zero.
        first = Math.min(first, frames);
        return frames - first;
      },
      { message: `${who.name}'s frames grow` },
    )
    .toBeGreaterThan(3);
  await expect
    .poll(async () => (await picture(tile))?.width ?? 0, { message: `${who.name}'s frame width` })
    .toBeGreaterThanOrEqual(minimumWidth);
}

/** Exactly these identities are heard in the page, no more and no fewer. */
export async function expectHeard(page: Page, who: readonly Identity[]): Promise<void> {
  const tones = who.map(({ tone }) => tone).sort((a, b) => a - b);
  await expect
    .poll(
      async () => (await page.evaluate(() => window.mediaProbe.heard())).sort((a, b) => a - b),
      {
        message: `heard by tone: ${who.map(({ name }) => name).join(', ') || 'nobody'}`,
      },
    )
    .toEqual(tones);
}

/** Sums of a kind's inbound streams over all peer connections of the page. */
export async function inbound(
  page: Page,
  kind: 'audio' | 'video',
): Promise<{ framesDecoded: number; audioEnergy: number }> {
  return page.evaluate(async (wanted) => {
    let [framesDecoded, audioEnergy] = [0, 0];
    for (const peer of window.mediaProbe.peers) {
      for (const entry of (await peer.getStats()).values() as Iterable<
        RTCInboundRtpStreamStats & { type: string }
      >) {
        if (entry.type !== 'inbound-rtp' || entry.kind !== wanted) continue;
        framesDecoded += entry.framesDecoded ?? 0;
        audioEnergy += entry.totalAudioEnergy ?? 0;
      }
    }
    return { framesDecoded, audioEnergy };
  }, kind);
}

/** Length of the newest local description: it must not grow when people come. */
export async function offerLength(page: Page): Promise<number> {
  return page.evaluate(() => {
    const open = window.mediaProbe.peers.filter(({ connectionState: state }) => state !== 'closed');
    return open.at(-1)?.localDescription?.sdp.length ?? 0;
  });
}

/** Mean time that received sound waited in the browser's jitter buffer, over the whole call. */
export async function jitterBufferMs(page: Page): Promise<number> {
  return page.evaluate(async () => {
    let [delay, emitted] = [0, 0];
    for (const peer of window.mediaProbe.peers) {
      for (const entry of (await peer.getStats()).values() as Iterable<
        RTCInboundRtpStreamStats & { type: string }
      >) {
        if (entry.type !== 'inbound-rtp' || entry.kind !== 'audio') continue;
        delay += entry.jitterBufferDelay ?? 0;
        emitted += entry.jitterBufferEmittedCount ?? 0;
      }
    }
    return emitted === 0 ? 0 : (1_000 * delay) / emitted;
  });
}
