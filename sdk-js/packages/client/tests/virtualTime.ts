/** Virtual time: a test waits for a condition while timers run, never for a duration. */
import { afterEach, beforeEach, vi } from 'vitest';

const STEP_MS = 10;
const LIMIT_MS = 300_000;

export function useVirtualTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_700_000_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

/** Lets everything happen that needs no time. */
export function settle(): Promise<unknown> {
  return vi.advanceTimersByTimeAsync(0);
}

/** Returns how many virtual milliseconds it took. */
export async function until(condition: () => boolean): Promise<number> {
  const start = Date.now();
  await settle();
  while (!condition()) {
    if (Date.now() - start > LIMIT_MS) throw new Error('it never happened');
    await vi.advanceTimersByTimeAsync(STEP_MS);
  }
  return Date.now() - start;
}
