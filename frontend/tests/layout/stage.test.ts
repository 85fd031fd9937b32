import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overlap } from '../../src/layout/geometry';
import { arrange, type StageTile } from '../../src/layout/stage';
import { wishes } from '../../src/layout/wanted';

const DESKTOP = { width: 1424, height: 808 };
const PHONE = { width: 374, height: 760 };
const VIEW = { focusId: null, page: 0, rightToLeft: false };

function people(count: number): StageTile[] {
  return Array.from({ length: count }, (_, index) => ({ id: `p${index}`, isSelf: index === 0 }));
}

describe('the stage', () => {
  it('shows nothing before it has a size', () => {
    expect(arrange(people(3), { width: 0, height: 0 }, VIEW).placed).toEqual([]);
  });

  it('gives oneself the whole stage when alone', () => {
    const { placed } = arrange(people(1), DESKTOP, VIEW);

    expect(placed).toHaveLength(1);
    expect(placed[0]).toMatchObject({ id: 'p0', role: 'grid' });
  });

  it.each([null, 'p5'])('says on which page everybody else is, focus: %s', (focusId) => {
    const view = { ...VIEW, focusId };
    const { elsewhere, page } = arrange(people(40), PHONE, { ...view, page: 1 });

    expect(elsewhere.length).toBeGreaterThan(0);
    for (const tile of elsewhere) {
      const there = arrange(people(40), PHONE, { ...view, page: tile.page }).placed;
      expect(tile.page).not.toBe(page);
      expect(there.map(({ id }) => id)).toContain(tile.id);
    }
    expect(elsewhere.map(({ id }) => id)).not.toContain('p0');
  });

  it('makes oneself small as soon as somebody else is there', () => {
    const { placed } = arrange(people(2), DESKTOP, VIEW);
    const self = placed.find((tile) => tile.id === 'p0')!;
    const other = placed.find((tile) => tile.id === 'p1')!;

    expect(self.role).toBe('self');
    expect(self.rect.width * 4).toBeLessThan(other.rect.width);
  });

  it('puts the own tile into free space when there is any', () => {
    const { placed } = arrange(people(3), DESKTOP, VIEW);
    const self = placed.find((tile) => tile.role === 'self')!;

    for (const tile of placed) if (tile !== self) expect(overlap(self.rect, tile.rect)).toBe(0);
  });

  it('moves others aside on a phone rather than cover a face', () => {
    const { placed } = arrange(people(2), PHONE, VIEW);
    const self = placed.find((tile) => tile.id === 'p0')!;

    expect(self.role).toBe('self');
    for (const tile of placed) if (tile !== self) expect(overlap(self.rect, tile.rect)).toBe(0);
  });

  it('takes oneself among the others, last, when tiles are small', () => {
    const { placed } = arrange(people(49), DESKTOP, VIEW);

    expect(placed.at(-1)).toMatchObject({ id: 'p0', role: 'grid' });
  });

  it('gives a focused tile the stage and the others a strip with oneself last', () => {
    const tiles = [{ id: 'screen', isSelf: false }, ...people(4)];
    const { placed } = arrange(tiles, DESKTOP, { ...VIEW, focusId: 'screen' });

    expect(placed[0]).toMatchObject({ id: 'screen', role: 'focus' });
    expect(placed[0]!.rect.width).toBeGreaterThan(1100);
    expect(placed.at(-1)).toMatchObject({ id: 'p0', role: 'strip' });
  });

  it('puts the strip below a share on a phone', () => {
    const tiles = [{ id: 'screen', isSelf: false }, ...people(3)];
    const { placed } = arrange(tiles, PHONE, { ...VIEW, focusId: 'screen' });

    expect(placed[1]!.rect.y).toBeGreaterThan(placed[0]!.rect.height);
  });

  it('goes to the last page when the wanted one is gone', () => {
    const { page, pages, placed } = arrange(people(20), PHONE, { ...VIEW, page: 99 });

    expect(page).toBe(pages - 1);
    expect(placed.length).toBeGreaterThan(0);
  });

  it('mirrors every rectangle in right-to-left text', () => {
    const ltr = arrange(people(7), DESKTOP, VIEW).placed;
    const rtl = arrange(people(7), DESKTOP, { ...VIEW, rightToLeft: true }).placed;

    ltr.forEach(({ rect }, index) => {
      expect(rtl[index]!.rect.x).toBe(DESKTOP.width - rect.x - rect.width);
      expect(rtl[index]!.rect.y).toBe(rect.y);
    });
  });

  it('shows everybody exactly once over all pages', () => {
    const box = fc.record({
      width: fc.integer({ min: 328, max: 3840 }),
      height: fc.integer({ min: 260, max: 2160 }),
    });
    fc.assert(
      fc.property(box, fc.integer({ min: 1, max: 60 }), fc.boolean(), (space, count, hasFocus) => {
        const tiles = people(count);
        const focusId = hasFocus ? 'p0' : null;
        const { pages } = arrange(tiles, space, { ...VIEW, focusId });
        const seen = new Set<string>();
        for (let page = 0; page < pages; page += 1) {
          for (const tile of arrange(tiles, space, { ...VIEW, focusId, page }).placed) {
            seen.add(tile.id);
            expect(tile.rect.width).toBeGreaterThan(0);
            expect(tile.rect.x).toBeGreaterThanOrEqual(-1);
            expect(tile.rect.x + tile.rect.width).toBeLessThanOrEqual(space.width + 1);
          }
        }
        expect(seen.size).toBe(count);
      }),
    );
  });
});

describe('the video that is wanted', () => {
  it('is as large as the tile in device pixels', () => {
    const { placed } = arrange(people(2), DESKTOP, VIEW);
    const [first] = wishes(placed, 2);

    expect(first).toMatchObject({ id: 'p1', width: placed[0]!.rect.width * 2 });
  });

  it('does not grow beyond what an eye can see', () => {
    const { placed } = arrange(people(2), DESKTOP, VIEW);

    expect(wishes(placed, 3)).toEqual(wishes(placed, 2));
  });

  it('prefers the focused tile', () => {
    const { placed } = arrange(people(4), DESKTOP, { ...VIEW, focusId: 'p2' });
    const byPriority = [...wishes(placed, 1)].sort((a, b) => b.priority - a.priority);

    expect(byPriority[0]?.id).toBe('p2');
  });
});
