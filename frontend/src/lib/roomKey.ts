/** Reads a room from what somebody typed or pasted: a name, a slug or a whole link. Pure. */

export type RoomInput =
  | { readonly kind: 'empty' }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'room'; readonly key: string };

const ROOM_PATH = /\/room\/([^/?#]+)/u;
const MAX_KEY = 80;

export function readRoomInput(input: string): RoomInput {
  const text = input.trim();
  if (text === '') return { kind: 'empty' };
  const looksLikeLink = /^https?:\/\//iu.test(text) || ROOM_PATH.test(text);
  const fromLink = ROOM_PATH.exec(text)?.[1];
  if (looksLikeLink && fromLink === undefined) return { kind: 'invalid' };
  const key = slugOf(decode(fromLink ?? text));
  return key === '' ? { kind: 'invalid' } : { kind: 'room', key };
}

/** `Weekly  Stand-up` → `weekly-stand-up`, as the server makes slugs; letters of every script stay. */
export function slugOf(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/[^\p{L}\p{M}\p{N}_-]+/gu, '-')
    .replace(/^-+|-+$/gu, '')
    .slice(0, MAX_KEY)
    .toLowerCase();
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
