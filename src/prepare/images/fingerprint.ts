/** @module Perceptual fingerprints: pictures that look alike have nearly the same bits and colours. */

const COLUMNS = 17;
const ROWS = 16;
// Differences below this many grey levels are noise of compression, not contours.
const FLAT = 6;
const COLOUR_CELLS = 8;

// Of 256 bits; most recompressed and rescaled copies differ in fewer, other pictures in far more.
const NEAR_BITS = 15;
// In grey levels: more is another colour or detail, not compression.
const NEAR_COLOUR = 32;

type Shape = readonly [number, number, number];

/** Sums over the cells of a grid on one channel of a planar picture, and the pixels in each. */
function cells(
  plane: Uint8Array,
  [, height, width]: Shape,
  [rows, columns]: readonly [number, number],
): { readonly sums: Float64Array; readonly counts: Float64Array } {
  const sums = new Float64Array(rows * columns);
  const counts = new Float64Array(rows * columns);
  // The first pixel of each column of the grid, and the end of the last one.
  const edges = Int32Array.from({ length: columns + 1 }, (_, at) =>
    Math.ceil((at * width) / columns),
  );
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * columns;
    for (let column = 0; column < columns; column++) {
      const [first, end] = [edges[column]!, edges[column + 1]!];
      let sum = 0;
      for (let x = y * width + first; x < y * width + end; x++) sum += plane[x]!;
      sums[row + column]! += sum;
      counts[row + column]! += end - first;
    }
  }
  return { sums, counts };
}

const hexadecimal = (value: number): string => value.toString(16).padStart(2, "0");

/**
 * Fingerprint of a picture as hexadecimal digits. 64 say whether it gets brighter from each cell of a 17 x 16
 * grid to the next (a difference hash of 256 bits), the others are the mean colours of an 8 x 8 grid. `null`
 * for a picture without contours.
 *
 * @param planes - Planar RGB, 0..255.
 * @param shape - Its shape, `[3, height, width]`; at least 17 pixels wide and 16 high.
 */
export function fingerprint(planes: Uint8Array, shape: Shape): string | null {
  const [, height, width] = shape;
  if (width < COLUMNS || height < ROWS) return null;
  const area = height * width;
  const channels = [0, 1, 2].map((at) => planes.subarray(at * area, (at + 1) * area));
  const grids = channels.map((plane) => cells(plane, shape, [ROWS, COLUMNS]));
  const { counts } = grids[0]!;
  const grid = counts.map(
    (pixels, cell) => grids.reduce((sum, { sums }) => sum + sums[cell]!, 0) / (3 * pixels),
  );
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
  if (contours < 8) return null;
  const colours = channels.flatMap((plane) => {
    const { sums, counts } = cells(plane, shape, [COLOUR_CELLS, COLOUR_CELLS]);
    return Array.from(sums, (sum, cell) => hexadecimal(Math.round(sum / counts[cell]!)));
  });
  return digits + colours.join("");
}

/** Digits of a fingerprint's contours; those of its colours follow. */
export const CONTOUR_DIGITS = (ROWS * (COLUMNS - 1)) / 4;
const WORD_DIGITS = 8;

/** A fingerprint as numbers, for comparisons. */
export interface Print {
  readonly contours: Uint32Array;
  readonly colours: Uint8Array;
}

/** Reads a fingerprint. */
export const readPrint = (print: string): Print => ({
  contours: Uint32Array.from({ length: CONTOUR_DIGITS / WORD_DIGITS }, (_, at) =>
    parseInt(print.slice(at * WORD_DIGITS, (at + 1) * WORD_DIGITS), 16),
  ),
  colours: Buffer.from(print.slice(CONTOUR_DIGITS), "hex"),
});

/** Number of ones of a 32-bit word, added up pairwise (Warren, "Hacker's Delight", figure 5-2). */
function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** In how many bits the contours of two fingerprints differ, `0..256`. */
export function contourDistance({ contours: a }: Print, { contours: b }: Print): number {
  let bits = 0;
  for (let at = 0; at < a.length; at++) bits += ones(a[at]! ^ b[at]!);
  return bits;
}

/** Whether two pictures are the same or nearly: few bits differ, and no part has another colour. */
export function isNear(a: Print, b: Print): boolean {
  if (contourDistance(a, b) > NEAR_BITS) return false;
  return a.colours.every((value, at) => Math.abs(value - b.colours[at]!) <= NEAR_COLOUR);
}
