/** Reads, inside a page, the number that is burnt into each frame of a camera (`fixtures/sources.ts`). */
import type { Page } from '@playwright/test';
import { NUMBER_BITS } from '../fixtures/sources.ts';

declare global {
  interface Window {
    /** The number in the frame that a video shows now. */
    frameNumber(video: HTMLVideoElement): number;
  }
}

/** Serialised into the page: it may use nothing from this module. */
function install(bits: number): void {
  const canvas = document.createElement('canvas');
  // Three columns a block: its middle one is far from any edge.
  [canvas.width, canvas.height] = [3 * bits, 10];
  const context = canvas.getContext('2d', { willReadFrequently: true });

  window.frameNumber = (video) => {
    context?.drawImage(video, 0, 0, canvas.width, canvas.height);
    const row = context?.getImageData(0, 9, canvas.width, 1).data ?? [];
    let number = 0;
    for (let bit = 0; bit < bits; bit += 1) {
      if ((row[4 * (3 * bit + 1)] ?? 0) > 127) number |= 1 << bit;
    }
    return number;
  };
}

export async function installFrameReader(page: Page): Promise<void> {
  await page.evaluate(install, NUMBER_BITS);
}
