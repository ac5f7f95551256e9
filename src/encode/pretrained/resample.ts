/**
 * @module Scales pictures with the arithmetic of Pillow, which image processors in Python call.
 *
 * Filters widen with the step where a picture shrinks; weights are integers of 22 bits; rows are scaled before
 * columns, and the values between the two are bytes. The results are Pillow's to the bit.
 */

import { loadPictureKernel, type PictureKernel, ROOM } from "../../prepare/images/kernel.js";

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
  readonly firsts: Int32Array;
  /** Places that count, the same number for each: what is not needed has the weight 0. */
  readonly taps: number;
  /** `[scaled places, taps]`. */
  readonly weights: Int32Array;
}

function tapsOf(from: number, to: number, { support, weight }: Filter): Taps {
  const scale = from / to;
  const widening = Math.max(1, scale);
  const reach = support * widening;
  const firsts = new Int32Array(to);
  const rows = Array.from({ length: to }, (_, place) => {
    const center = (place + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(from, Math.trunc(center + reach + 0.5));
    firsts[place] = start;
    const raw = Array.from({ length: end - start }, (_, at) =>
      weight((at + start - center + 0.5) / widening),
    );
    const total = raw.reduce((sum, value) => sum + value, 0);
    return raw.map((value) => {
      const fixed = (total === 0 ? value : value / total) * 2 ** PRECISION;
      return Math.trunc(fixed + (fixed < 0 ? -0.5 : 0.5));
    });
  });
  const taps = rows.reduce((most, { length }) => Math.max(most, length), 0);
  const weights = new Int32Array(to * taps);
  rows.forEach((row, place) => {
    // Weights of 0 come first where those behind would lead out of the line.
    const shift = Math.max(0, firsts[place]! + taps - from);
    firsts[place]! -= shift;
    weights.set(row, place * taps + shift);
  });
  return { firsts, taps, weights };
}

const MOST_KNOWN = 64;
const known = new Map<string, Taps>();

/** {@link tapsOf}, kept: pictures of a data set are often of one size. */
function knownTaps(from: number, to: number, resampling: keyof typeof FILTERS): Taps {
  const key = `${from} ${to} ${resampling}`;
  const found = known.get(key);
  if (found) return found;
  if (known.size === MOST_KNOWN) known.clear();
  const made = tapsOf(from, to, FILTERS[resampling]);
  known.set(key, made);
  return made;
}

/** Bytes of a page of memory. */
const PAGE = 65536;
/** A memory of more bytes is given up after use: pictures of that size are rare. */
const MOST_KEPT = 32 * 2 ** 20;

/** A memory in which pictures are scaled. */
interface Workplace {
  readonly memory: WebAssembly.Memory;
  readonly kernel: PictureKernel;
}

let workplace: Workplace | null = null;

/** A workplace of at least so many bytes. */
function workplaceOf(bytes: number): Workplace {
  if (workplace && workplace.memory.buffer.byteLength >= bytes) return workplace;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  const made = { memory, kernel: loadPictureKernel(memory) };
  if (bytes <= MOST_KEPT) workplace = made;
  return made;
}

/** A workplace with a picture and taps in it, and place for the scaled one. */
function settle({ firsts, weights }: Taps, pixels: Uint8Array, scaled: number) {
  let end = 0;
  const place = (bytes: number): number => {
    const start = end;
    end += Math.ceil(bytes / ROOM) * ROOM + ROOM;
    return start;
  };
  const places = {
    ...{ firsts: place(firsts.byteLength), weights: place(weights.byteLength) },
    ...{ source: place(pixels.length), scaled: place(scaled) },
  };
  const { memory, kernel } = workplaceOf(end);
  new Int32Array(memory.buffer, places.firsts).set(firsts);
  new Int32Array(memory.buffer, places.weights).set(weights);
  new Uint8Array(memory.buffer, places.source).set(pixels);
  const result = (): Uint8Array => new Uint8Array(memory.buffer, places.scaled, scaled).slice();
  return { kernel, places, result };
}

/** Scales the rows of a picture. */
function scaleRows({ pixels, width, height }: Pixels, to: number, taps: Taps): Pixels {
  const { kernel, places, result } = settle(taps, pixels, 3 * to * height);
  for (let y = 0; y < height; y++) {
    const [line, target] = [places.source + 3 * width * y, places.scaled + 3 * to * y];
    kernel.narrowBytes(line, to, places.firsts, taps.taps, places.weights, PRECISION, target);
  }
  return { pixels: result(), width: to, height };
}

/** Scales the columns of a picture. */
function scaleColumns({ pixels, width }: Pixels, to: number, taps: Taps): Pixels {
  const stride = 3 * width;
  const { kernel, places, result } = settle(taps, pixels, stride * to);
  for (let y = 0; y < to; y++) {
    const source = places.source + taps.firsts[y]! * stride;
    const weights = places.weights + 4 * taps.taps * y;
    const target = places.scaled + stride * y;
    kernel.sumBytes(source, stride, stride, taps.taps, weights, PRECISION, target);
  }
  return { pixels: result(), width, height: to };
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
  const taps = (from: number, to: number): Taps => knownTaps(from, to, resampling);
  const rows =
    picture.width === width ? picture : scaleRows(picture, width, taps(picture.width, width));
  return rows.height === height ? rows : scaleColumns(rows, height, taps(rows.height, height));
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
