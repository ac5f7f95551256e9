/**
 * @module Scales pictures with the arithmetic of Pillow, which image processors in Python call.
 *
 * Filters widen with the step where a picture shrinks; weights are integers of 22 bits; rows are scaled before
 * columns, and the values between the two are bytes. The results are Pillow's to the bit.
 */

/** Pillow's filters by their numbers in `preprocessor_config.json`. */
export const RESAMPLINGS = ["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"] as const;

/** One of Pillow's filters. */
export type Resampling = (typeof RESAMPLINGS)[number];

/** Bytes of a picture, interleaved RGB. */
export interface Pixels {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

interface Filter {
  /** Half the width of the filter at the picture's own size. */
  readonly support: number;
  readonly weight: (x: number) => number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Keys' cubic with a = -0.5. */
function cubic(x: number): number {
  const [at, a] = [Math.abs(x), -0.5];
  if (at < 1) return ((a + 2) * at - (a + 3)) * at * at + 1;
  return at < 2 ? (((at - 5) * at + 8) * at - 4) * a : 0;
}

const FILTERS: Readonly<Record<Exclude<Resampling, "nearest">, Filter>> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: {
    support: 1,
    weight: (x) => (Math.abs(x) < 1 ? sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x)) : 0),
  },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Bits behind the point of a weight: 32 less 8 for the value and 2 for sums and sign. */
const PRECISION = 22;

/** What each place of a scaled line is the weighted sum of. */
interface Taps {
  /** First place of the line that counts, for each scaled place. */
  readonly starts: Int32Array;
  /** Weights of the places from there on, for each scaled place. */
  readonly weights: readonly Int32Array[];
}

function tapsOf(from: number, to: number, { support, weight }: Filter): Taps {
  const scale = from / to;
  const widening = Math.max(1, scale);
  const reach = support * widening;
  const starts = new Int32Array(to);
  const weights = Array.from({ length: to }, (_, place) => {
    const center = (place + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(from, Math.trunc(center + reach + 0.5));
    starts[place] = start;
    const raw = Array.from({ length: end - start }, (_, at) =>
      weight((at + start - center + 0.5) / widening),
    );
    const total = raw.reduce((sum, value) => sum + value, 0);
    return Int32Array.from(raw, (value) => {
      const fixed = (total === 0 ? value : value / total) * 2 ** PRECISION;
      return Math.trunc(fixed + (fixed < 0 ? -0.5 : 0.5));
    });
  });
  return { starts, weights };
}

const HALF = 2 ** (PRECISION - 1);

const clipped = (sum: number): number =>
  Math.min(255, Math.max(0, Math.floor(sum / 2 ** PRECISION)));

/** Scales the rows of a picture. */
function scaleRows({ pixels, width, height }: Pixels, to: number, filter: Filter): Pixels {
  const { starts, weights } = tapsOf(width, to, filter);
  const scaled = new Uint8Array(3 * to * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < to; x++) {
      const own = weights[x]!;
      let [red, green, blue] = [HALF, HALF, HALF];
      let from = 3 * (y * width + starts[x]!);
      for (const weight of own) {
        red += weight * pixels[from]!;
        green += weight * pixels[from + 1]!;
        blue += weight * pixels[from + 2]!;
        from += 3;
      }
      const target = 3 * (y * to + x);
      scaled[target] = clipped(red);
      scaled[target + 1] = clipped(green);
      scaled[target + 2] = clipped(blue);
    }
  }
  return { pixels: scaled, width: to, height };
}

/** Scales the columns of a picture. */
function scaleColumns({ pixels, width, height }: Pixels, to: number, filter: Filter): Pixels {
  const { starts, weights } = tapsOf(height, to, filter);
  const line = 3 * width;
  const scaled = new Uint8Array(line * to);
  const sums = new Float64Array(line);
  for (let y = 0; y < to; y++) {
    sums.fill(HALF);
    weights[y]!.forEach((weight, at) => {
      const from = (starts[y]! + at) * line;
      for (let x = 0; x < line; x++) sums[x]! += weight * pixels[from + x]!;
    });
    for (let x = 0; x < line; x++) scaled[y * line + x] = clipped(sums[x]!);
  }
  return { pixels: scaled, width, height: to };
}

/** Places of the nearest pixels; the step is added up, as Pillow does. */
function nearestPlaces(from: number, to: number): Int32Array {
  const step = from / to;
  let at = step / 2;
  return Int32Array.from({ length: to }, () => {
    const place = Math.min(from - 1, Math.floor(at));
    at += step;
    return place;
  });
}

function scaleNearest({ pixels, width, height }: Pixels, to: readonly [number, number]): Pixels {
  const [columns, rows] = [nearestPlaces(width, to[0]), nearestPlaces(height, to[1])];
  const scaled = new Uint8Array(3 * to[0] * to[1]);
  let target = 0;
  for (const row of rows) {
    for (const column of columns) {
      const from = 3 * (row * width + column);
      for (let channel = 0; channel < 3; channel++) scaled[target++] = pixels[from + channel]!;
    }
  }
  return { pixels: scaled, width: to[0], height: to[1] };
}

/**
 * Scales a picture.
 *
 * @param to - Width and height, pixels.
 */
export function resample(
  picture: Pixels,
  to: readonly [width: number, height: number],
  resampling: Resampling,
): Pixels {
  const [width, height] = to;
  if (picture.width === width && picture.height === height) return picture;
  if (resampling === "nearest") return scaleNearest(picture, to);
  const filter = FILTERS[resampling];
  const rows = picture.width === width ? picture : scaleRows(picture, width, filter);
  return rows.height === height ? rows : scaleColumns(rows, height, filter);
}

/** Cuts the middle out of a picture; where it is too small, black is put around it. */
export function centerCrop(
  { pixels, width, height }: Pixels,
  [wide, high]: readonly [width: number, height: number],
): Pixels {
  const offset = (size: number, wanted: number): number => Math.floor((size - wanted) / 2);
  const [left, top] = [offset(width, wide), offset(height, high)];
  const cropped = new Uint8Array(3 * wide * high);
  const [first, last] = [Math.max(0, left), Math.min(width, left + wide)];
  for (let y = Math.max(0, top); y < Math.min(height, top + high); y++) {
    const row = pixels.subarray(3 * (y * width + first), 3 * (y * width + last));
    cropped.set(row, 3 * ((y - top) * wide + first - left));
  }
  return { pixels: cropped, width: wide, height: high };
}
