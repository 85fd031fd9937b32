/** A room name that is easy to read out and hard to guess. Randomness is an argument. */

/** No vowels and no look-alikes: no accidental words, no l/1 or o/0. */
const LETTERS = 'bcdfghjkmnpqrstvwxz';
const GROUPS = [3, 4, 3]; // 19^10 ≈ 42 bits: not found by trying within the server's rate limit

type Random = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

export function meetingCode(random: Random = (bytes) => crypto.getRandomValues(bytes)): string {
  return GROUPS.map((length) => letters(length, random)).join('-');
}

function letters(length: number, random: Random): string {
  // Bytes above the last whole multiple are drawn again, so that every letter is equally likely.
  const limit = 256 - (256 % LETTERS.length);
  let text = '';
  while (text.length < length) {
    const [byte = limit] = random(new Uint8Array(1));
    if (byte < limit) text += LETTERS.charAt(byte % LETTERS.length);
  }
  return text;
}
