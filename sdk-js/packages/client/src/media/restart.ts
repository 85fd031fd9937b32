/** How often ICE may restart: at most five a minute, at least 5 s apart (jicofo's limits). Pure. */

const WINDOW_MS = 60_000;
const MAX_IN_WINDOW = 5;
export const MIN_GAP_MS = 5_000;

/** Milliseconds until the next restart is allowed, given when the earlier ones were. */
export function restartWaitMs(earlier: readonly number[], now: number): number {
  const recent = earlier.filter((at) => now - at < WINDOW_MS);
  const last = recent.at(-1);
  const afterGap = last === undefined ? 0 : last + MIN_GAP_MS - now;
  const oldest = recent.at(-MAX_IN_WINDOW);
  const afterWindow = oldest === undefined ? 0 : oldest + WINDOW_MS - now;
  return Math.max(0, afterGap, afterWindow);
}

/** Forgets what no longer counts and adds this one. */
export function withRestart(earlier: readonly number[], now: number): readonly number[] {
  return [...earlier.filter((at) => now - at < WINDOW_MS), now];
}
