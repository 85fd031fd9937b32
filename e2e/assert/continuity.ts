/**
 * How continuous the picture in a tile is, by the number burnt into each frame
 * (`fixtures/sources.ts`): frames that are decoded but never shown, or shown twice, do not count.
 */
import type { Locator, Page } from '@playwright/test';
import { VIDEO } from '../fixtures/sources.ts';
import { installFrameReader } from './frameNumber.ts';

export interface ShownFrame {
  /** Wall clock in milliseconds. */
  readonly at: number;
  readonly number: number;
  readonly width: number;
}

declare global {
  interface Window {
    shownFrames?: ShownFrame[];
  }
}

/** Begins to note every frame that the tile shows. */
export async function watchFrames(tile: Locator): Promise<void> {
  await installFrameReader(tile.page());
  await tile.evaluate((element) => {
    const frames: ShownFrame[] = (window.shownFrames = []);
    let watched: HTMLVideoElement | null = null;
    const note = (video: HTMLVideoElement): void => {
      if (watched !== video) return;
      const number = window.frameNumber(video);
      const at = performance.timeOrigin + performance.now();
      if (frames.at(-1)?.number !== number) frames.push({ at, number, width: video.videoWidth });
      video.requestVideoFrameCallback(() => note(video));
    };
    // A tile may get another element.
    setInterval(() => {
      const video = element.querySelector('video');
      if (video === null || video === watched) return;
      watched = video;
      video.requestVideoFrameCallback(() => note(video));
    }, 50);
  });
}

/** The frames that were shown since the watch began. */
export async function shownFrames(page: Page): Promise<ShownFrame[]> {
  return page.evaluate(() => window.shownFrames ?? []);
}

const FRAME_MS = 1000 / VIDEO.fps;
/** A stand-still as W3C's webrtc-stats defines a freeze: three frames, and 150 ms more than one. */
const FREEZE_MS = Math.max(3 * FRAME_MS, FRAME_MS + 150);

export interface Continuity {
  /** Share of the time in which the picture stood still for longer than anybody overlooks. */
  readonly freezeShare: number;
  readonly longestMs: number;
  readonly framesPerSecond: number;
}

/** Judges the time from `start` to `end`, stand-stills at its edges included. */
export function continuity(frames: readonly ShownFrame[], start: number, end: number): Continuity {
  const inside = frames.filter(({ at }) => at >= start && at <= end);
  const before = frames.findLast(({ at }) => at < start)?.at ?? start;
  const times = [before, ...inside.map(({ at }) => at), end];
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at));
  const frozen = gaps.filter((gap) => gap > FREEZE_MS).reduce((sum, gap) => sum + gap, 0);
  return {
    freezeShare: Math.min(1, frozen / (end - start)),
    longestMs: Math.max(...gaps),
    framesPerSecond: (1000 * inside.length) / (end - start),
  };
}

/** Milliseconds from `at` to the first new frame after it; null when there was none yet. */
export function firstFrameAfter(frames: readonly ShownFrame[], at: number): number | null {
  const first = frames.find((frame) => frame.at > at);
  return first === undefined ? null : first.at - at;
}
