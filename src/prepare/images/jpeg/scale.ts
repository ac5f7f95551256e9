/** @module Makes pictures smaller, without the artefacts of pixels left out. */

import type { RgbPixels } from "./decoder.js";

/** Weights by which the pixels of a line become fewer. */
interface Reduction {
  /** First source pixel of each result. */
  readonly first: Int32Array;
  /** Number of source pixels of each result. */
  readonly taps: number;
  /** `[length, taps]`, each row adds up to `2 ** BITS`. */
  readonly weights: Int32Array;
}

// Integers are twice as fast as floats here. A pixel, both weights and the overshoot of the kernel take
// 8 + 13 + 13 - 6 + 2 bits at most.
const BITS = 13;
/** Bits that are dropped between the two passes. */
const DROPPED = 6;
const LEFT = 2 * BITS - DROPPED;
const LOBES = 3;

/** Lanczos' kernel of three lobes, 0 beyond them. */
function lanczos(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= LOBES) return 0;
  const angle = Math.PI * x;
  return (LOBES * Math.sin(angle) * Math.sin(angle / LOBES)) / (angle * angle);
}

/** Writes numbers as integers that add up to `2 ** BITS`. */
function quantise(row: readonly number[], to: Int32Array): void {
  const sum = row.reduce((total, weight) => total + weight, 0);
  row.forEach((weight, at) => {
    to[at] = Math.round((weight / sum) * 2 ** BITS);
  });
  // What rounding lost goes where it shows least.
  to[row.length >> 1]! += 2 ** BITS - to.reduce((total, weight) => total + weight, 0);
}

/** Weights from `from` pixels to `to`, the kernel as wide as the reduction asks. */
function makeReduction(from: number, to: number): Reduction {
  const scale = from / to;
  const taps = Math.min(from, Math.ceil(2 * LOBES * scale));
  const first = new Int32Array(to);
  const weights = new Int32Array(to * taps);
  for (let at = 0; at < to; at++) {
    const center = (at + 0.5) * scale - 0.5;
    const start = Math.ceil(center - LOBES * scale);
    const clamped = Math.min(Math.max(0, start), from - taps);
    first[at] = clamped;
    const row = Array.from({ length: taps }, (_, tap) => lanczos((clamped + tap - center) / scale));
    quantise(row, weights.subarray(at * taps, (at + 1) * taps));
  }
  return { first, taps, weights };
}

const known = new Map<string, Reduction>();
const MOST_KNOWN = 512;

function reduction(from: number, to: number): Reduction {
  const key = `${from} ${to}`;
  const found = known.get(key);
  if (found) return found;
  if (known.size === MOST_KNOWN) known.clear();
  const made = makeReduction(from, to);
  known.set(key, made);
  return made;
}

/** Writes one line of the result, as wide as the source: a weighted sum of the source's lines. */
function sumLines(
  { data, width }: RgbPixels,
  { first, taps, weights }: Reduction,
  y: number,
  line: Int32Array,
): void {
  const length = 3 * width;
  line.fill(1 << (DROPPED - 1));
  const weight = (tap: number): number => (tap < taps ? weights[y * taps + tap]! : 0);
  const start = (tap: number): number => (first[y]! + Math.min(tap, taps - 1)) * length;
  // Four lines at once, so that sums are loaded and stored less often.
  for (let tap = 0; tap < taps; tap += 4) {
    const [w0, w1, w2, w3] = [weight(tap), weight(tap + 1), weight(tap + 2), weight(tap + 3)];
    const [s0, s1, s2, s3] = [start(tap), start(tap + 1), start(tap + 2), start(tap + 3)];
    for (let x = 0; x < length; x++) {
      const upper = Math.imul(w0, data[s0 + x]!) + Math.imul(w1, data[s1 + x]!);
      const lower = Math.imul(w2, data[s2 + x]!) + Math.imul(w3, data[s3 + x]!);
      line[x] = line[x]! + upper + lower;
    }
  }
  for (let x = 0; x < length; x++) line[x] = line[x]! >> DROPPED;
}

/** Makes a line narrower and writes its pixels from `to` on. */
function narrow(
  line: Int32Array,
  { first, taps, weights }: Reduction,
  pixels: Uint8ClampedArray,
  to: number,
): void {
  for (let x = 0; x < first.length; x++) {
    let from = 3 * first[x]!;
    let red = 1 << (LEFT - 1);
    let [green, blue] = [red, red];
    for (let tap = x * taps; tap < (x + 1) * taps; tap++) {
      const weight = weights[tap]!;
      red += Math.imul(weight, line[from]!);
      green += Math.imul(weight, line[from + 1]!);
      blue += Math.imul(weight, line[from + 2]!);
      from += 3;
    }
    pixels[to++] = red >> LEFT;
    pixels[to++] = green >> LEFT;
    pixels[to++] = blue >> LEFT;
  }
}

/**
 * Scales a picture down with Lanczos' kernel, as the image library does.
 *
 * Source: Turkowski, "Filters for Common Resampling Tasks", Graphics Gems, 1990.
 *
 * @param size - At most as wide and as high as the picture.
 * @returns Pixels of their own.
 */
export function scaleDown(
  source: RgbPixels,
  { width, height }: { readonly width: number; readonly height: number },
): RgbPixels {
  if (source.width === width && source.height === height) {
    return { data: source.data.slice(), width, height };
  }
  const rows = reduction(source.height, height);
  const columns = reduction(source.width, width);
  const data = new Uint8ClampedArray(3 * width * height);
  const line = new Int32Array(3 * source.width);
  for (let y = 0; y < height; y++) {
    sumLines(source, rows, y, line);
    narrow(line, columns, data, 3 * width * y);
  }
  return { data: new Uint8Array(data.buffer), width, height };
}
