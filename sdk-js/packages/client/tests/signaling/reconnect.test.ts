import { describe, expect, it } from 'vitest';
import { isRetryable, reconnectDelayMs } from '../../src/signaling/reconnect';

describe('reconnecting', () => {
  it('tries at once, then ever more slowly', () => {
    const delays = [0, 1, 2, 3, 4, 5, 6].map((attempt) => reconnectDelayMs(attempt, 0, 0));
    expect(delays[0]).toBe(0);
    expect(delays).toEqual([...delays].sort((a, b) => a - b));
  });

  it('finds a restarted server within 3 s while the seat is held', () => {
    for (let attempt = 0; attempt < 50; attempt++) {
      expect(reconnectDelayMs(attempt, 59_000, 0.999)).toBeLessThan(3_000);
    }
  });

  it('becomes patient once the seat is given up', () => {
    expect(reconnectDelayMs(30, 61_000, 0)).toBeGreaterThan(5_000);
  });

  it('spreads a room that lost its server', () => {
    const spread = [0, 0.5, 0.99].map((random) => reconnectDelayMs(0, 0, random));
    expect(new Set(spread).size).toBe(3);
  });

  it('does not repeat what was definitely refused', () => {
    expect(isRetryable('room_not_found')).toBe(false);
    expect(isRetryable('upgrade_required')).toBe(false);
    expect(isRetryable('starting')).toBe(true);
  });
});
