/** @module Perceptual fingerprints: pictures that look alike have nearly the same bits. */

const COLUMNS = 17;
const ROWS = 16;
// Differences below this many grey levels are noise of compression, not contours.
const FLAT = 2;

/** Mean brightness of each cell of a grid over a planar RGB picture. */
function cells(planes: Uint8Array, side: number): Float64Array {
  const area = side * side;
  const sums = new Float64Array(COLUMNS * ROWS);
  const counts = new Float64Array(COLUMNS * ROWS);
  for (let y = 0; y < side; y++) {
    const row = Math.floor((y * ROWS) / side) * COLUMNS;
    for (let x = 0; x < side; x++) {
      const cell = row + Math.floor((x * COLUMNS) / side);
      const at = y * side + x;
      sums[cell]! += planes[at]! + planes[at + area]! + planes[at + 2 * area]!;
      counts[cell]! += 3;
    }
  }
  return sums.map((sum, cell) => sum / Math.max(1, counts[cell]!));
}

/**
 * Difference hash of a picture, 256 bits as 64 hexadecimal digits: whether it gets brighter from each
 * cell of a 17 x 16 grid to the next. `null` for a picture without contours.
 *
 * @param planes - Planar RGB, `[3, side, side]`, 0..255; at least 17 pixels wide.
 */
export function fingerprint(planes: Uint8Array, side: number): string | null {
  if (side < COLUMNS) return null;
  const grid = cells(planes, side);
  let digits = "";
  let contours = 0;
  for (let row = 0; row < ROWS; row++) {
    for (let group = 0; group < COLUMNS - 1; group += 4) {
      let digit = 0;
      for (let bit = 0; bit < 4; bit++) {
        const at = row * COLUMNS + group + bit;
        const rise = grid[at + 1]! - grid[at]!;
        if (Math.abs(rise) > FLAT) contours++;
        digit = 2 * digit + (rise > FLAT ? 1 : 0);
      }
      digits += digit.toString(16);
    }
  }
  return contours < 8 ? null : digits;
}

/** Number of ones in each hexadecimal digit. */
const BITS = [0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4];

/** In how many bits two fingerprints differ. */
export function fingerprintDistance(a: string, b: string): number {
  let bits = 0;
  for (let at = 0; at < a.length; at++) {
    bits += BITS[parseInt(a[at]!, 16) ^ parseInt(b[at]!, 16)]!;
  }
  return bits;
}
