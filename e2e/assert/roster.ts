/**
 * What a page tells of the others' coming and going: tiles, their badge, and notices in passing.
 * Recorded as it happens, so that a tile that goes and comes back within a moment is seen.
 */
import { expect, type Page } from '@playwright/test';

export interface Change {
  /** Milliseconds of the wall clock. */
  readonly at: number;
  readonly what: 'came' | 'gone' | 'badge' | 'badge-gone' | 'notice';
  /** The person, or what a notice says. */
  readonly who: string;
}

declare global {
  interface Window {
    rosterChanges?: Change[];
  }
}

function installRoster(): void {
  const changes: Change[] = (window.rosterChanges = []);
  const now = (): number => performance.timeOrigin + performance.now();
  const texts = (selector: string): string[] =>
    [...document.querySelectorAll<HTMLElement>(selector)].map((one) => one.textContent);
  const read = () => {
    const tiles = [...document.querySelectorAll('article')].map((tile) => ({
      name: tile.getAttribute('aria-label')?.split(',', 1)[0] ?? '',
      isLost: [...tile.querySelectorAll('p')].some((p) => p.textContent === 'Reconnecting'),
    }));
    return {
      tiles: new Set(tiles.map(({ name }) => name)),
      badges: new Set(tiles.filter(({ isLost }) => isLost).map(({ name }) => name)),
      notices: new Set(texts('section[aria-label="Notifications"] li p')),
    };
  };
  let before = read();
  const compare = (): void => {
    const after = read();
    const tell = (what: Change['what'], these: Set<string>, without: Set<string>): void => {
      for (const who of these) if (!without.has(who)) changes.push({ at: now(), what, who });
    };
    tell('came', after.tiles, before.tiles);
    tell('gone', before.tiles, after.tiles);
    tell('badge', after.badges, before.badges);
    tell('badge-gone', before.badges, after.badges);
    tell('notice', after.notices, before.notices);
    before = after;
  };
  new MutationObserver(compare).observe(document.body, {
    subtree: true,
    childList: true,
    characterData: true,
    attributeFilter: ['aria-label'],
  });
}

export async function watchRoster(page: Page): Promise<void> {
  await page.evaluate(installRoster);
}

/** What changed since the watch began, oldest first. */
export async function rosterChanges(page: Page, what?: Change['what']): Promise<Change[]> {
  const all = await page.evaluate(() => window.rosterChanges ?? []);
  return what === undefined ? all : all.filter((change) => change.what === what);
}

/** Wall-clock time of the first such change after `since`, which must come. */
export async function changeAfter(
  page: Page,
  what: Change['what'],
  who: string,
  since: number,
  timeout = 30_000,
): Promise<number> {
  const find = async (): Promise<Change | undefined> =>
    (await rosterChanges(page, what)).find((change) => change.who === who && change.at >= since);
  await expect
    .poll(async () => (await find()) !== undefined, { message: `${who}: ${what}`, timeout })
    .toBe(true);
  return (await find())?.at ?? NaN;
}

/** Names and places of all tiles, in reading order of the document. */
async function arrangement(page: Page): Promise<string[]> {
  return page.locator('article').evaluateAll((tiles) =>
    tiles.map((tile) => {
      const { x, y } = tile.getBoundingClientRect();
      const name = tile.getAttribute('aria-label')?.split(',', 1)[0] ?? '';
      return `${name} at ${String(Math.round(x))},${String(Math.round(y))}`;
    }),
  );
}

/** The arrangement once tiles have stopped gliding to their places. */
export async function settledArrangement(page: Page): Promise<string[]> {
  let last: string[] = [];
  await expect
    .poll(async () => {
      const before = last;
      last = await arrangement(page);
      return last.length > 0 && last.join() === before.join();
    })
    .toBe(true);
  return last;
}
