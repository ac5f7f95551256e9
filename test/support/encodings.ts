/** @module Text in encodings that the platform can only read. */

const tables = new Map<string, ReadonlyMap<string, readonly number[]>>();

/** Bytes of each character of one or two bytes, found by decoding them all. */
function tableOf(label: string): ReadonlyMap<string, readonly number[]> {
  const known = tables.get(label);
  if (known) return known;
  const decoder = new TextDecoder(label, { fatal: true });
  const table = new Map<string, readonly number[]>();
  const enter = (...bytes: number[]): boolean => {
    try {
      const sign = decoder.decode(new Uint8Array(bytes));
      if (sign.length === 1 && !table.has(sign)) table.set(sign, bytes);
      return true;
    } catch {
      return false;
    }
  };
  for (let lead = 0; lead < 256; lead++) {
    if (enter(lead)) continue;
    for (let trail = 0x40; trail < 256; trail++) enter(lead, trail);
  }
  tables.set(label, table);
  return table;
}

/** Encodes a text by a WHATWG label such as `gbk`; every character must exist in it. */
export function encoded(text: string, label: string): Buffer {
  const table = tableOf(label);
  const bytes = Array.from(text).flatMap((sign) => {
    const found = table.get(sign);
    if (!found) throw new Error(`${label} has no "${sign}"`);
    return found;
  });
  return Buffer.from(bytes);
}
