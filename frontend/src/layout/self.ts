/**
 * Where one's own tile goes when others are there: into free space, over a corner of a large tile, or, when the
 * tiles are as small as itself, among them as the last one. Pure.
 */
import { TILE_ASPECT, TILE_GAP, overlap, type Rect, type Size } from './geometry';

/** Own video is for checking oneself: about a sixth of the stage, never so large that it competes with a face. */
const SHARE_OF_STAGE = 0.16;
const WIDTH_RANGE = { min: 120, max: 256 };
/** The corner may hide at most this share of one tile: faces sit in the middle. */
const MAX_COVERED = 0.18;

export function selfSize(box: Size): Size {
  const edge = Math.max(box.width, box.height);
  const wanted = Math.min(WIDTH_RANGE.max, Math.max(WIDTH_RANGE.min, edge * SHARE_OF_STAGE));
  const width = Math.round(wanted);
  return box.width >= box.height
    ? { width, height: Math.round(width / TILE_ASPECT) }
    : { width: Math.round((width * 3) / 4), height: width };
}

/** The corner at the end of the last line, where neither name plates nor badges are. */
export function selfCorner(box: Size, inset = TILE_GAP): Rect {
  const size = selfSize(box);
  return { x: box.width - size.width - inset, y: box.height - size.height - inset, ...size };
}

export function coversTooMuch(self: Rect, tiles: readonly Rect[]): boolean {
  return tiles.some((tile) => overlap(self, tile) > MAX_COVERED * tile.width * tile.height);
}
