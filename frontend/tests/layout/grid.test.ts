import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TILE_ASPECT, TILE_GAP, overlap, type Rect } from '../../src/layout/geometry';
import { chooseGrid, gridRects } from '../../src/layout/grid';

const DESKTOP = { width: 1424, height: 808 };
const box = fc.record({
  width: fc.integer({ min: 320, max: 3840 }),
  height: fc.integer({ min: 240, max: 2160 }),
});

describe('the grid', () => {
  it('gives one tile the whole box', () => {
    expect(chooseGrid(1, DESKTOP).tile).toEqual({ width: 1424, height: 801 });
  });

  it('puts two people side by side in a wide box', () => {
    expect(chooseGrid(2, DESKTOP)).toMatchObject({ columns: 2, rows: 1 });
  });

  it('puts two people above each other in an upright box', () => {
    expect(chooseGrid(2, { width: 374, height: 760 })).toMatchObject({ columns: 1, rows: 2 });
  });

  it('shows 49 people on one page of a desktop', () => {
    expect(chooseGrid(49, DESKTOP)).toMatchObject({ columns: 7, rows: 7, pages: 1 });
  });

  it('starts a second page when tiles would get too small', () => {
    const grid = chooseGrid(49, { width: 828, height: 318 });

    expect(grid.pages).toBeGreaterThan(1);
    expect(grid.tile.width).toBeGreaterThanOrEqual(144);
  });

  it('centres a last row that is not full', () => {
    const grid = chooseGrid(5, DESKTOP);
    const rects = gridRects(grid, 5, DESKTOP);
    const last = rects.slice(grid.columns);
    const left = last[0]!.x;
    const right = DESKTOP.width - (last.at(-1)!.x + last.at(-1)!.width);

    expect(last).toHaveLength(5 - grid.columns);
    expect(Math.abs(left - right)).toBeLessThanOrEqual(1);
  });

  it('keeps tiles inside the box, apart from each other and of equal size', () => {
    fc.assert(
      fc.property(box, fc.integer({ min: 1, max: 60 }), (space, count) => {
        const grid = chooseGrid(count, space);
        const shown = Math.min(count, grid.perPage);
        const rects = gridRects(grid, shown, space);
        const isInside = (rect: Rect) =>
          rect.x >= 0 &&
          rect.y >= 0 &&
          rect.x + rect.width <= space.width + 1 &&
          rect.y + rect.height <= space.height + 1;
        // Rows are apart from each other, so comparing neighbours covers every pair.
        const isApart = (rect: Rect, index: number) =>
          [rects[index + 1], rects[index + grid.columns]].every(
            (other) => other === undefined || overlap(rect, other) === 0,
          );
        expect(rects.every(isInside)).toBe(true);
        expect(rects.every(isApart)).toBe(true);
        expect(new Set(rects.map((rect) => rect.width))).toEqual(new Set([grid.tile.width]));
      }),
    );
  });

  it('keeps 16:9 to the pixel', () => {
    fc.assert(
      fc.property(box, fc.integer({ min: 1, max: 60 }), (space, count) => {
        const { tile } = chooseGrid(count, space);
        expect(Math.abs(tile.width - tile.height * TILE_ASPECT)).toBeLessThanOrEqual(2);
      }),
    );
  });

  it('leaves no arrangement of the same page that is clearly larger', () => {
    fc.assert(
      fc.property(box, fc.integer({ min: 1, max: 49 }), (space, count) => {
        const grid = chooseGrid(count, space);
        for (let columns = 1; columns <= grid.perPage; columns += 1) {
          const rows = Math.ceil(grid.perPage / columns);
          const width = Math.min(
            (space.width - TILE_GAP * (columns - 1)) / columns,
            ((space.height - TILE_GAP * (rows - 1)) / rows) * TILE_ASPECT,
          );
          // A near tie may go to the arrangement that follows the long side.
          if (grid.tile.width < Math.floor(width * 0.93) - 1) return false;
        }
        return true;
      }),
    );
  });
});
