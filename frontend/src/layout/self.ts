/**
 * Where one's own tile goes when others are there: into free space, over a corner of a large tile, or, when the
 * tiles are as small as itself, among them as the last one. Pure.
 */
import { TILE_ASPECT, TILE_GAP, overlap, type Rect, type Size } from './geometry';

/** Own video is for checking oneself: about a sixth of the stage, never so large that it competes with a face. */
const SHARE_OF_STAGE = 0.16;
const WIDTH_RANGE = { min: 120, max: 256 };
/** The corner may hide at most this share of one tile: faces sit in the middle. */
const MAX_COVERED = 0.2;

export function selfSize(box: Size): Size {
  const edge = Math.max(box.width, box.height);
  const wanted = Math.min(WIDTH_RANGE.max, Math.max(WIDTH_RANGE.min, edge * SHARE_OF_STAGE));
  const width = Math.round(wanted);
  return box.width >= box.height
    ? { width, height: Math.round(width / TILE_ASPECT) }
    : { width: Math.round((width * 3) / 4), height: width };
}

export interface SelfPlace {
  readonly self: Rect;
  /** The other tiles, moved aside where that makes room. */
  readonly tiles: readonly Rect[];
}

/**
 * The corner at the end of the last line, where neither name plates nor badges are: free space first (moving the others
 * aside costs them nothing), then over the last tile. Null when that would hide too much of it.
 */
export function placeSelf(tiles: readonly Rect[], box: Size): SelfPlace | null {
  const size = selfSize(box);
  const corner = cornerOf({ x: 0, y: 0, ...box }, size, 0);
  for (const candidate of [tiles, movedAside(tiles, size)]) {
    if (candidate.every((tile) => overlap(corner, tile) === 0)) {
      return { self: corner, tiles: candidate };
    }
  }
  const last = tiles.at(-1);
  if (last === undefined) return { self: corner, tiles };
  const inside = cornerOf(last, size, TILE_GAP);
  return overlap(inside, last) > MAX_COVERED * last.width * last.height
    ? null
    : { self: inside, tiles };
}

/** Centres the tiles in what is left above the own tile, or else beside it. */
function movedAside(tiles: readonly Rect[], self: Size): readonly Rect[] {
  const top = Math.min(...tiles.map((tile) => tile.y));
  const left = Math.min(...tiles.map((tile) => tile.x));
  const isRoomBelow = 2 * top >= self.height + TILE_GAP;
  const isRoomBeside = 2 * left >= self.width + TILE_GAP;
  if (isRoomBelow) {
    const shift = Math.min(top, Math.ceil((self.height + TILE_GAP) / 2));
    return tiles.map((tile) => ({ ...tile, y: tile.y - shift }));
  }
  if (!isRoomBeside) return tiles;
  const shift = Math.min(left, Math.ceil((self.width + TILE_GAP) / 2));
  return tiles.map((tile) => ({ ...tile, x: tile.x - shift }));
}

function cornerOf(area: Rect, size: Size, inset: number): Rect {
  return {
    x: area.x + area.width - size.width - inset,
    y: area.y + area.height - size.height - inset,
    ...size,
  };
}
