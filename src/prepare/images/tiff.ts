/** @module What the first directory of a TIFF file says. */

/** Tags of the entries that are looked at. */
export const TIFF_TAGS = {
  bits: 258,
  stripStarts: 273,
  stripLengths: 279,
  tileStarts: 324,
  tileLengths: 325,
} as const;

/** Bytes of one value by its type: bytes, texts, whole numbers, fractions, floats. */
const WIDTHS = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

const [SHORT, LONG] = [3, 4];

/**
 * Values of the entries of the first directory by their tags; those of other types than whole numbers of
 * 16 or 32 bits are empty.
 *
 * @returns `null` for BigTIFF, whose numbers have 64 bits.
 * @throws {RangeError} where the directory or its values lie behind the end of the file.
 */
export function tiffEntries(bytes: Buffer): ReadonlyMap<number, readonly number[]> | null {
  const little = bytes[0] === 0x49;
  const short = (at: number): number => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const long = (at: number): number => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  if (short(2) !== 42) return null;
  const values = (at: number): number[] => {
    const [type, count] = [short(at + 2), long(at + 4)];
    const width = WIDTHS[type] ?? 0;
    // Few values stand in the entry itself.
    const start = count * width <= 4 ? at + 8 : long(at + 8);
    if (start + count * width > bytes.length) throw new RangeError("values behind the end");
    if (type !== SHORT && type !== LONG) return [];
    const read = type === SHORT ? short : long;
    return Array.from({ length: count }, (_, index) => read(start + index * width));
  };
  const directory = long(4);
  const entries = Array.from(
    { length: short(directory) },
    (_, index) => directory + 2 + 12 * index,
  );
  return new Map(entries.map((at) => [short(at), values(at)]));
}
