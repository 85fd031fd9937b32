/** Which video is worth receiving: what is placed, at the pixels it covers on this screen. Pure. */
import type { Placed } from './stage';

export interface VideoWish {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly priority: number;
}

/** The allocator serves higher priorities first when bandwidth is short. */
const PRIORITY: Record<Placed['role'], number> = { focus: 3, grid: 2, strip: 1, self: 0 };
/** Beyond two device pixels per CSS pixel nobody sees the difference in moving pictures. */
const MAX_DENSITY = 2;

export function wishes(placed: readonly Placed[], density: number): VideoWish[] {
  const scale = Math.min(MAX_DENSITY, Math.max(1, density));
  return placed.map(({ id, rect, role }) => ({
    id,
    width: Math.round(rect.width * scale),
    height: Math.round(rect.height * scale),
    priority: PRIORITY[role],
  }));
}
