/**
 * Drawn people for the screenshots in the documentation, as camera files. Tests use plain colours
 * instead (`fixtures/sources.ts`): those can be told apart by a machine, these please the eye.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, type Rgb, toYuv } from '../fixtures/sources.ts';

export interface Portrait {
  readonly name: string;
  readonly wall: readonly [top: Rgb, bottom: Rgb];
  readonly skin: Rgb;
  readonly hair: Rgb;
  readonly shirt: Rgb;
}

export const PORTRAITS: readonly Portrait[] = [
  {
    name: 'Ada Okafor',
    wall: [
      [226, 205, 178],
      [176, 142, 112],
    ],
    skin: [116, 72, 50],
    hair: [32, 24, 24],
    shirt: [232, 178, 64],
  },
  {
    name: 'Ben Lindqvist',
    wall: [
      [168, 196, 208],
      [92, 124, 146],
    ],
    skin: [232, 190, 164],
    hair: [160, 112, 62],
    shirt: [44, 62, 92],
  },
  {
    name: 'Cleo Tanaka',
    wall: [
      [188, 206, 180],
      [112, 140, 116],
    ],
    skin: [240, 206, 178],
    hair: [38, 32, 36],
    shirt: [206, 92, 92],
  },
];

const [WIDTH, HEIGHT] = [1280, 720];

function mix(a: Rgb, b: Rgb, share: number): Rgb {
  const at = (index: 0 | 1 | 2): number => a[index] + (b[index] - a[index]) * share;
  return [at(0), at(1), at(2)];
}

function insideEllipse(x: number, y: number, ellipse: readonly number[]): boolean {
  const [cx = 0, cy = 0, rx = 1, ry = 1] = ellipse;
  return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1;
}

/** Back to front: wall with a soft light, shoulders, neck, hair, face. Coordinates in 0…1 of the height. */
function pixel(person: Portrait, x: number, y: number): Rgb {
  const light = Math.max(0, 1 - Math.hypot(x - 0.45, y - 0.2) / 1.3);
  if (insideEllipse(x, y, [0.89, 0.47, 0.135, 0.17])) {
    const isFringe = y < 0.385 - 0.12 * (x - 0.83);
    return isFringe ? person.hair : mix(person.skin, [255, 244, 230], 0.12 * light);
  }
  if (insideEllipse(x, y, [0.89, 0.44, 0.168, 0.2])) return person.hair;
  if (insideEllipse(x, y, [0.89, 0.62, 0.06, 0.14])) return mix(person.skin, [40, 20, 20], 0.18);
  if (insideEllipse(x, y, [0.89, 1.06, 0.4, 0.34])) {
    return mix(person.shirt, [20, 20, 30], 0.25 * Math.abs(x - 0.82));
  }
  return mix(mix(person.wall[0], person.wall[1], y), [255, 250, 240], 0.35 * light);
}

function frame(person: Portrait): Buffer {
  const luma = Buffer.alloc(WIDTH * HEIGHT);
  const [blue, red] = [Buffer.alloc(luma.length / 4), Buffer.alloc(luma.length / 4)];
  for (let row = 0; row < HEIGHT; row += 1) {
    for (let column = 0; column < WIDTH; column += 1) {
      const [y, u, v] = toYuv(pixel(person, column / HEIGHT, row / HEIGHT));
      luma[row * WIDTH + column] = y;
      const at = (row >> 1) * (WIDTH >> 1) + (column >> 1);
      [blue[at], red[at]] = [u, v];
    }
  }
  return Buffer.concat([Buffer.from('FRAME\n'), luma, blue, red]);
}

/** Writes the person's camera file and returns its path. */
export function portraitFile(person: Portrait): string {
  mkdirSync(CACHE, { recursive: true });
  const path = join(CACHE, `${person.name.replace(/\W/g, '-')}.y4m`);
  const header = `YUV4MPEG2 W${String(WIDTH)} H${String(HEIGHT)} F10:1 Ip A1:1 C420jpeg\n`;
  writeFileSync(path, Buffer.concat([Buffer.from(header), frame(person), frame(person)]));
  return path;
}
