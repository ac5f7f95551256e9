/** @module Perceptual fingerprints: pictures that look alike have nearly the same bits. */

const COLUMNS = 17;
const ROWS = 16;
// Differences below this many grey levels are noise of compression, not contours.
const FLAT = 2;

/** Mean brightness of each cell of a grid over a planar RGB picture. */
function cells(planes: Uint8Array, height: number, width: number): Float64Array {
  const area = height * width;
  const sums = new Float64Array(COLUMNS * ROWS);
  const counts = new Float64Array(COLUMNS * ROWS);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * ROWS) / height) * COLUMNS;
    for (let x = 0; x < width; x++) {
      const cell = row + Math.floor((x * COLUMNS) / width);
      const at = y * width + x;
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
 * @param planes - Planar RGB, 0..255.
 * @param shape - Its shape, `[3, height, width]`; at least 17 pixels wide and 16 high.
 */
export function fingerprint(
  planes: Uint8Array,
  [, height, width]: readonly [number, number, number],
): string | null {
  if (width < COLUMNS || height < ROWS) return null;
  const grid = cells(planes, height, width);
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
