/**
 * One large area and a strip of small tiles: at the end side of a wide box, below in an upright one. Pure.
 * The strip is paged, never scrolled, so that what is off the page needs no video.
 */
import { TILE_ASPECT, type Rect, type Size } from './geometry';

export interface Filmstrip {
  readonly focus: Rect;
  readonly rects: readonly Rect[];
  readonly first: number;
  readonly perPage: number;
  readonly page: number;
  readonly pages: number;
}

/** A strip tile is a fifth of the stage's long edge, inside the range in which a small face is readable. */
const STRIP_SHARE = 0.18;
const STRIP_RANGE = { min: 112, max: 264 };

export function filmstrip(count: number, box: Size, wantedPage: number, gap: number): Filmstrip {
  if (count === 0) {
    return { focus: { x: 0, y: 0, ...box }, rects: [], first: 0, perPage: 1, page: 0, pages: 1 };
  }
  return box.width > box.height * 1.1
    ? sideStrip(count, box, wantedPage, gap)
    : bottomStrip(count, box, wantedPage, gap);
}

function sideStrip(count: number, box: Size, wantedPage: number, gap: number): Filmstrip {
  const width = stripWidth(box.width);
  const height = Math.round(width / TILE_ASPECT);
  const { page, pages, first, shown, perPage } = pageOf(count, box.height, height, gap, wantedPage);
  const focus = { x: 0, y: 0, width: box.width - width - gap, height: box.height };
  const top = Math.round((box.height - (shown * height + (shown - 1) * gap)) / 2);
  const rects = Array.from({ length: shown }, (_, index) => ({
    x: box.width - width,
    y: top + index * (height + gap),
    width,
    height,
  }));
  return { focus, rects, first, perPage, page, pages };
}

function bottomStrip(count: number, box: Size, wantedPage: number, gap: number): Filmstrip {
  const width = stripWidth(box.height * 0.8);
  const height = Math.round(width / TILE_ASPECT);
  const { page, pages, first, shown, perPage } = pageOf(count, box.width, width, gap, wantedPage);
  const focus = { x: 0, y: 0, width: box.width, height: box.height - height - gap };
  const start = Math.round((box.width - (shown * width + (shown - 1) * gap)) / 2);
  const rects = Array.from({ length: shown }, (_, index) => ({
    x: start + index * (width + gap),
    y: box.height - height,
    width,
    height,
  }));
  return { focus, rects, first, perPage, page, pages };
}

function stripWidth(edge: number): number {
  return Math.round(Math.min(STRIP_RANGE.max, Math.max(STRIP_RANGE.min, edge * STRIP_SHARE)));
}

function pageOf(count: number, edge: number, size: number, gap: number, wantedPage: number) {
  const perPage = Math.max(1, Math.floor((edge + gap) / (size + gap)));
  const pages = Math.ceil(count / perPage);
  const page = Math.max(0, Math.min(wantedPage, pages - 1));
  const first = page * perPage;
  return { page, pages, first, perPage, shown: Math.min(perPage, count - first) };
}
