import { describe, expect, it } from 'vitest';
import { restartWaitMs, withRestart } from '../../src/media/restart';

describe('ICE restarts', () => {
  it('may happen at once when there was none', () => {
    expect(restartWaitMs([], 1_000)).toBe(0);
  });

  it('keep five seconds between them', () => {
    expect(restartWaitMs([1_000], 2_000)).toBe(4_000);
  });

  it('happen at most five times a minute', () => {
    let earlier: readonly number[] = [];
    for (const at of [0, 5_000, 10_000, 15_000, 20_000]) {
      expect(restartWaitMs(earlier, at)).toBe(0);
      earlier = withRestart(earlier, at);
    }
    expect(restartWaitMs(earlier, 25_000)).toBe(35_000);
    expect(restartWaitMs(earlier, 60_000)).toBe(0);
  });

  it('are forgotten after a minute', () => {
    expect(withRestart([0, 50_000], 70_000)).toEqual([50_000, 70_000]);
  });
});
