/** Ids as everywhere in StreamForge: a prefix and a UUIDv7, so that they sort by time. */

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function newId(prefix: string, now: number = Date.now()): string {
  // getRandomValues also exists on pages without a secure context, unlike randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(now / 2 ** 32));
  view.setUint32(2, now % 2 ** 32);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x70);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  return `${prefix}_${Array.from(bytes, (byte) => HEX[byte]).join('')}`;
}
