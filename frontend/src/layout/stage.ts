/**
 * Arranges a stage: who is where, on which page, with which size. Pure: (tiles, box, view) → rectangles.
 * A focused tile (a share, or a pinned person) takes the stage and the others form a filmstrip beside it.
 */
import { TILE_ASPECT, TILE_GAP, mirror, type AspectRange, type Rect, type Size } from './geometry';
import { chooseGrid, gridRects, type GridOptions } from './grid';
import { placeSelf } from './self';
import { filmstrip } from './filmstrip';

export interface StageTile {
  readonly id: string;
  readonly isSelf: boolean;
}

export interface StageView {
  readonly focusId: string | null;
  readonly page: number;
  readonly rightToLeft: boolean;
}

export interface Placed {
  readonly id: string;
  readonly rect: Rect;
  readonly role: 'grid' | 'focus' | 'strip' | 'self';
}

/** Somebody else who has a tile, but on another page. */
export interface Elsewhere {
  readonly id: string;
  readonly page: number;
}

export interface Arrangement {
  readonly placed: readonly Placed[];
  readonly elsewhere: readonly Elsewhere[];
  readonly page: number;
  readonly pages: number;
}

/** A box narrower than this is a phone in portrait, where upright tiles show more of a face. */
const PHONE_WIDTH = 600;
const UPRIGHT: AspectRange = { min: 3 / 4, max: TILE_ASPECT };
const EMPTY: Arrangement = { placed: [], elsewhere: [], page: 0, pages: 1 };

export function arrange(tiles: readonly StageTile[], box: Size, view: StageView): Arrangement {
  if (tiles.length === 0 || box.width < 1 || box.height < 1) return EMPTY;
  const focus = tiles.find((tile) => tile.id === view.focusId);
  const result =
    focus === undefined
      ? arrangeGrid(tiles, box, view.page)
      : arrangeFocus(focus, tiles, box, view.page);
  if (!view.rightToLeft) return result;
  return {
    ...result,
    placed: result.placed.map((tile) => ({ ...tile, rect: mirror(tile.rect, box) })),
  };
}

export function isPhone(box: Size): boolean {
  return box.width < PHONE_WIDTH && box.height > box.width;
}

function gridOptions(box: Size): GridOptions {
  return isPhone(box) ? { aspect: UPRIGHT, minTileWidth: 128, maxPerPage: 8 } : {};
}

function arrangeGrid(tiles: readonly StageTile[], box: Size, page: number): Arrangement {
  const others = tiles.filter((tile) => !tile.isSelf);
  const self = tiles.find((tile) => tile.isSelf);
  if (self === undefined || others.length === 0) return paged(tiles, box, page);
  const floating = paged(others, box, page);
  const place = placeSelf(
    floating.placed.map((tile) => tile.rect),
    box,
  );
  if (place === null || floating.pages > 1) return paged([...others, self], box, page);
  const moved = floating.placed.map((tile, index) => ({
    ...tile,
    rect: place.tiles[index] ?? tile.rect,
  }));
  return {
    ...floating,
    placed: [...moved, { id: self.id, rect: place.self, role: 'self' }],
  };
}

function selfLast(tiles: readonly StageTile[]): readonly StageTile[] {
  return [...tiles.filter((tile) => !tile.isSelf), ...tiles.filter((tile) => tile.isSelf)];
}

function paged(tiles: readonly StageTile[], box: Size, wantedPage: number): Arrangement {
  const grid = chooseGrid(tiles.length, box, gridOptions(box));
  const page = Math.max(0, Math.min(wantedPage, grid.pages - 1));
  const shown = tiles.slice(page * grid.perPage, (page + 1) * grid.perPage);
  // The last page may hold fewer tiles: they keep the size of the other pages, so that paging moves nothing.
  const rects = gridRects(grid, shown.length, box);
  const placed = shown.flatMap((tile, index): Placed[] => {
    const rect = rects[index];
    return rect === undefined ? [] : [{ id: tile.id, rect, role: 'grid' }];
  });
  const elsewhere = otherPages(tiles, grid.perPage, page);
  return { placed, elsewhere, page, pages: grid.pages };
}

function otherPages(tiles: readonly StageTile[], perPage: number, page: number): Elsewhere[] {
  return tiles
    .map(({ id, isSelf }, index) => ({ id, isSelf, page: Math.floor(index / perPage) }))
    .filter((tile) => !tile.isSelf && tile.page !== page)
    .map((tile) => ({ id: tile.id, page: tile.page }));
}

function arrangeFocus(
  focus: StageTile,
  tiles: readonly StageTile[],
  box: Size,
  page: number,
): Arrangement {
  const rest = selfLast(tiles.filter((tile) => tile !== focus));
  const strip = filmstrip(rest.length, box, page, TILE_GAP);
  const shown = rest.slice(strip.first, strip.first + strip.rects.length);
  const placed: Placed[] = [{ id: focus.id, rect: strip.focus, role: 'focus' }];
  shown.forEach((tile, index) => {
    const rect = strip.rects[index];
    if (rect !== undefined) placed.push({ id: tile.id, rect, role: 'strip' });
  });
  const elsewhere = otherPages(rest, strip.perPage, strip.page);
  return { placed, elsewhere, page: strip.page, pages: strip.pages };
}
