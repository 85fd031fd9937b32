/** How a person looks without a picture: initials and a colour that is the same on every screen. Pure. */

const HUES = 360;

/** FNV-1a over the id: stable across sessions and languages, well spread for ids that differ in one place. */
export function hueOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) {
    hash ^= id.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0) % HUES;
}

/** One or two letters; whole graphemes, so that an accent or an emoji is not cut in half. */
export function initialsOf(name: string): string {
  const words = name
    .replace(/\([^)]*\)/gu, ' ') // what stands in brackets is not part of the name
    .split(/\s+/u)
    .filter((word) => /^[\p{L}\p{N}\p{Emoji_Presentation}]/u.test(word));
  const first = words[0];
  if (first === undefined) return '?';
  const last = words.length > 1 ? words[words.length - 1] : undefined;
  return (
    firstGrapheme(first) + (last === undefined ? '' : firstGrapheme(last))
  ).toLocaleUpperCase();
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function firstGrapheme(word: string): string {
  for (const { segment } of graphemes.segment(word)) return segment;
  return '';
}
