/**
 * The responsive grid: equal tiles, as large as the box allows, rows centred, paged when they would get too small.
 * Pure function of (count, box); it knows nothing of people or video.
 */
import { TILE_ASPECT, TILE_GAP, fit, type AspectRange, type Rect, type Size } from './geometry';

export interface GridOptions {
  readonly gap?: number;
  /** Shapes that a tile may have; an upright phone may also show upright tiles. */
  readonly aspect?: AspectRange;
  /** Below this width a face is not recognisable, so the grid starts a new page instead. */
  readonly minTileWidth?: number;
  readonly maxPerPage?: number;
}

export interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly tile: Size;
  readonly perPage: number;
  readonly pages: number;
}

const MAX_PER_PAGE = 49;
const MIN_TILE_WIDTH = 144;
/** Tiles that differ by less are as good as equal; then people stand side by side in the long direction. */
const NEAR_TIE = 0.06;

/** Chooses columns and tile shape for `count` tiles; when they do not fit, chooses the page size as well. */
export function chooseGrid(count: number, box: Size, options: GridOptions = {}): Grid {
  const { minTileWidth = MIN_TILE_WIDTH, maxPerPage = MAX_PER_PAGE } = options;
  let perPage = Math.max(1, Math.min(count, maxPerPage));
  let best = largestTiles(perPage, box, options);
  while (perPage > 1 && best.tile.width < minTileWidth) {
    perPage -= 1;
    best = largestTiles(perPage, box, options);
  }
  const pages = Math.max(1, Math.ceil(count / perPage));
  return { ...best, perPage, pages };
}

/** Rectangles of the tiles of one page, in order; every row is centred in the box, and so is the whole. */
export function gridRects(
  grid: Pick<Grid, 'columns' | 'tile'>,
  count: number,
  box: Size,
  gap = TILE_GAP,
): Rect[] {
  const { columns, tile } = grid;
  const rows = Math.ceil(count / columns);
  const top = Math.round((box.height - (rows * tile.height + (rows - 1) * gap)) / 2);
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, count - row * columns);
    const start = Math.round((box.width - (inRow * tile.width + (inRow - 1) * gap)) / 2);
    return {
      x: start + (index % columns) * (tile.width + gap),
      y: top + row * (tile.height + gap),
      ...tile,
    };
  });
}

function largestTiles(count: number, box: Size, options: GridOptions) {
  const { gap = TILE_GAP, aspect = { min: TILE_ASPECT, max: TILE_ASPECT } } = options;
  let best = { columns: 1, rows: count, tile: { width: 0, height: 0 } };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const cell = {
      width: Math.max(0, (box.width - gap * (columns - 1)) / columns),
      height: Math.max(0, (box.height - gap * (rows - 1)) / rows),
    };
    const tile = fit(aspect, cell);
    // Columns are tried upwards: in a wide box more of them win a near tie, in an upright one they must be better.
    const needed = box.width >= box.height ? 1 - NEAR_TIE : 1 + NEAR_TIE;
    if (area(tile) > area(best.tile) * needed) best = { columns, rows, tile };
  }
  return best;
}

function area(size: Size): number {
  return size.width * size.height;
}
