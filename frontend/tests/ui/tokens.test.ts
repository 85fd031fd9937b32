/** Both themes keep 4.5:1 for text and 3:1 for the edges of controls (WCAG 2.2, 1.4.3 and 1.4.11). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const css = readFileSync(join(import.meta.dirname, '../../src/ui/tokens.css'), 'utf8');

function theme(name: 'light' | 'dark'): Record<string, string> {
  const selector =
    name === 'light'
      ? /\[data-theme='light'\] \{([^}]*)\}/u
      : /\n\[data-theme='dark'\] \{([^}]*)\}/u;
  const block = selector.exec(css)?.[1] ?? '';
  return Object.fromEntries(
    [...block.matchAll(/--sf-([\w-]+): (#[0-9a-f]{6});/gu)].map((m) => [m[1]!, m[2]!]),
  );
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const SURFACES = ['stage', 'panel', 'raised'];

describe.each(['light', 'dark'] as const)('the %s theme', (name) => {
  const colours = theme(name);
  const pairs = [
    ...['text', 'text-2', 'text-3', 'accent-text', 'danger-text', 'live'].flatMap((text) =>
      SURFACES.map((surface) => [text, surface, 4.5] as const),
    ),
    ...['line-control', 'focus', 'ring'].flatMap((edge) =>
      (edge === 'ring' ? (name === 'dark' ? SURFACES : []) : SURFACES).map(
        (surface) => [edge, surface, 3] as const,
      ),
    ),
    ['on-accent', 'accent', 4.5],
    ['on-accent', 'accent-hover', 4.5],
    ['on-danger', 'danger', 4.5],
    ['danger-text', 'danger-soft', 4.5],
    ['danger-text', 'danger-soft-hover', 4.5],
    ['wait', 'wait-soft', 4.5],
    ['accent-text', 'accent-soft', 4.5],
    ['text', 'hover', 4.5],
    ['text-2', 'hover', 4.5],
  ] as const;

  it.each(pairs)('shows %s on %s with at least %d:1', (front, back, least) => {
    expect(contrast(colours[front]!, colours[back]!)).toBeGreaterThanOrEqual(least);
  });
});
