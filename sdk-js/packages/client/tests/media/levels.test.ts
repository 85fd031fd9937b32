import { describe, expect, it } from 'vitest';
import { levelOf } from '../../src/media/levels';

const tone = (amplitude: number) =>
  Float32Array.from({ length: 1024 }, (_, i) => amplitude * Math.sin(i / 5));

describe('a level', () => {
  it('is 0 in silence and 100 for loud speech', () => {
    expect(levelOf(new Float32Array(1024))).toBe(0);
    expect(levelOf(tone(1))).toBe(100);
  });

  it('grows with loudness', () => {
    const levels = [0.002, 0.01, 0.05, 0.2].map((amplitude) => levelOf(tone(amplitude)));
    expect(levels).toEqual([...levels].sort((a, b) => a - b));
    expect(new Set(levels).size).toBe(4);
  });
});
