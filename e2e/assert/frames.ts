/**
 * Whose frames a page shows, by the number burnt into each (`fixtures/sources.ts`): how long each
 * person's picture stood still and how many of their frames were never shown. Keyed by the name on
 * the tile, so that a new element or peer connection under the same tile counts as the same picture.
 */
import type { Page } from '@playwright/test';
import { NUMBER_BITS } from '../fixtures/sources.ts';
import { installFrameReader } from './frameNumber.ts';

export interface Shown {
  /** Frames since the watch, or the last `restart`, began. */
  frames: number;
  /** Most frames in a row that were never shown. */
  mostMissing: number;
  /** Longest time between two new frames, in ms; the time since the last one counts. */
  longestStillMs: number;
}

interface Watched extends Shown {
  number: number;
  at: number;
}

declare global {
  interface Window {
    shownOf?: Map<string, Watched>;
  }
}

function installWatch(bits: number): void {
  const shown = new Map<string, Watched>();
  window.shownOf = shown;
  const seen = new WeakSet<HTMLVideoElement>();

  function note(video: HTMLVideoElement): void {
    const label = video.closest('article')?.getAttribute('aria-label') ?? null;
    if (!video.isConnected || label === null) {
      seen.delete(video);
      return;
    }
    video.requestVideoFrameCallback(() => note(video));
    const name = label.split(',', 1)[0] ?? '';
    const [number, at, last] = [window.frameNumber(video), performance.now(), shown.get(name)];
    if (last === undefined) {
      shown.set(name, { frames: 1, mostMissing: 0, longestStillMs: 0, number, at });
    } else if (number !== last.number) {
      const missing = (number - last.number - 1 + 2 ** bits) % 2 ** bits;
      last.frames += 1;
      last.mostMissing = Math.max(last.mostMissing, missing);
      last.longestStillMs = Math.max(last.longestStillMs, at - last.at);
      Object.assign(last, { number, at });
    }
  }

  setInterval(() => {
    for (const video of document.querySelectorAll<HTMLVideoElement>('article video')) {
      const label = video.closest('article')?.getAttribute('aria-label') ?? '';
      if (seen.has(video) || label.includes('(you)')) continue;
      seen.add(video);
      video.requestVideoFrameCallback(() => note(video));
    }
  }, 20);
}

/** Begins to watch the pictures of all others, those who come later included. */
export async function watchFrames(page: Page): Promise<void> {
  await installFrameReader(page);
  await page.evaluate(installWatch, NUMBER_BITS);
}

/** Figures of one person's picture in a page; counting begins anew when `restart` is set. */
export async function shownOf(page: Page, name: string, restart = false): Promise<Shown> {
  return page.evaluate(
    ([who, anew]) => {
      const watched = window.shownOf?.get(who);
      if (watched === undefined) throw new Error(`no frame of ${who} was seen`);
      const since = performance.now() - watched.at;
      const longestStillMs = Math.max(watched.longestStillMs, since);
      const { frames, mostMissing } = watched;
      if (anew) Object.assign(watched, { frames: 0, mostMissing: 0, longestStillMs: 0 });
      return { frames, mostMissing, longestStillMs };
    },
    [name, restart] as const,
  );
}
