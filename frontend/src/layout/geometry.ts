/** Rectangles in CSS pixels. Pure: no DOM, no measuring. Directions are logical until `mirror` is applied. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

export const TILE_ASPECT = 16 / 9;
export const TILE_GAP = 8; // UI.md: tiles stand 8 px apart.

/** Width over height that a tile may have; a face tile is 16:9 unless the box is upright. */
export interface AspectRange {
  readonly min: number;
  readonly max: number;
}

/** The largest size inside the box whose shape stays within the range. */
export function fit(aspect: AspectRange, box: Size): Size {
  const width = Math.min(box.width, box.height * aspect.max);
  const height = Math.min(box.height, width / aspect.min);
  return { width: Math.floor(width), height: Math.floor(height) };
}

export function overlap(a: Rect, b: Rect): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}

/** Turns a left-to-right rectangle into its right-to-left counterpart inside the box. */
export function mirror(rect: Rect, box: Size): Rect {
  return { ...rect, x: box.width - rect.x - rect.width };
}
