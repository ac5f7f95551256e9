/** @module Makes pictures smaller, without the artefacts of pixels left out. */

import { loadPictureKernel, type PictureKernel, ROOM } from "../kernel.js";

/** Width and height, pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A memory in which the kernel works beside others, and how places in it are taken and given back. */
export interface Heap {
  readonly memory: WebAssembly.Memory;
  /** 0 where there is no more memory. */
  readonly malloc: (size: number) => number;
  readonly free: (address: number) => void;
}

/** Weights by which the pixels of a line become fewer. */
interface Reduction {
  /** First source pixel of each result. */
  readonly first: Int32Array;
  /** Number of source pixels of each result. */
  readonly taps: number;
  /** `[length, taps]`, each row adds up to `2 ** BITS`. */
  readonly weights: Int32Array;
}

// A pixel, both weights and the overshoot of the kernel take
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

/** A reduction of columns in the kernel's memory. */
interface Columns {
  readonly firsts: number;
  readonly taps: number;
  readonly weights: number;
}

/** A reduction of lines; its weights lie in the kernel's memory by pairs, two numbers of 16 bits each. */
interface Lines {
  readonly first: Int32Array;
  readonly taps: number;
  readonly pairs: number;
  readonly weights: number;
}

const MOST_KNOWN = 256;

/** Weights of pairs of lines, `[length, pairs]`; the last line of an odd number has none beside it. */
function pairsOf({ first, taps, weights }: Reduction): Int32Array {
  const pairs = Math.ceil(taps / 2);
  return Int32Array.from({ length: first.length * pairs }, (_, at) => {
    const [y, tap] = [Math.floor(at / pairs), 2 * (at % pairs)];
    const one = weights[y * taps + tap]!;
    const other = tap + 1 < taps ? weights[y * taps + tap + 1]! : 0;
    return (one & 0xffff) | (other << 16);
  });
}

/**
 * Scales pictures down with Lanczos' kernel, as the image library does, where a decoder has left them.
 *
 * Source: Turkowski, "Filters for Common Resampling Tasks", Graphics Gems, 1990.
 */
export class Scaler {
  readonly #heap: Heap;
  readonly #kernel: PictureKernel;
  readonly #lines = new Map<string, Lines>();
  readonly #columns = new Map<string, Columns>();

  constructor(heap: Heap) {
    this.#heap = heap;
    this.#kernel = loadPictureKernel(heap.memory);
  }

  /**
   * A smaller copy of a picture.
   *
   * @param address - Of its pixels, with {@link ROOM} behind them.
   * @param to - At most as wide and as high as the picture.
   * @throws {Error} where there is no more memory.
   */
  scale(address: number, from: Size, to: Size): Uint8Array {
    const stride = 3 * from.width;
    if (from.width === to.width && from.height === to.height) {
      return this.#bytes(address, stride * from.height).slice();
    }
    const { first, taps, pairs, weights } = this.#linesOf(from.height, to.height);
    const columns = this.#columnsOf(from.width, to.width);
    const line = this.#take(4 * stride + 4 * ROOM);
    const pixels = this.#take(3 * to.width * to.height + ROOM);
    for (let y = 0; y < to.height; y++) {
      const source = address + first[y]! * stride;
      const own = weights + 4 * y * pairs;
      this.#kernel.sumLines(source, stride, stride, pairs, own, (taps - 1) * stride, DROPPED, line);
      const target = pixels + 3 * to.width * y;
      this.#kernel.sumPixels(
        ...[line, to.width, columns.firsts, columns.taps, columns.weights, LEFT, target],
      );
    }
    const result = this.#bytes(pixels, 3 * to.width * to.height).slice();
    this.#heap.free(line);
    this.#heap.free(pixels);
    return result;
  }

  #bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#heap.memory.buffer, address, length);
  }

  #take(size: number): number {
    const address = this.#heap.malloc(size);
    if (address === 0) throw new Error("no more memory for pictures");
    return address;
  }

  /** Puts numbers into the kernel's memory. */
  #put(values: Int32Array): number {
    const address = this.#take(values.byteLength);
    new Int32Array(this.#heap.memory.buffer, address, values.length).set(values);
    return address;
  }

  #linesOf(from: number, to: number): Lines {
    return remembered(this.#lines, `${from} ${to}`, this.#heap, () => {
      const reduction = makeReduction(from, to);
      const { first, taps } = reduction;
      const weights = this.#put(pairsOf(reduction));
      return { first, taps, pairs: Math.ceil(taps / 2), weights };
    });
  }

  #columnsOf(from: number, to: number): Columns {
    return remembered(this.#columns, `${from} ${to}`, this.#heap, () => {
      const { first, taps, weights } = makeReduction(from, to);
      return { firsts: this.#put(first), taps, weights: this.#put(weights) };
    });
  }
}

/** What is known under a key, made where it is not; all is given back where there is too much of it. */
function remembered<T extends { readonly weights: number; readonly firsts?: number }>(
  known: Map<string, T>,
  key: string,
  { free }: Heap,
  make: () => T,
): T {
  const found = known.get(key);
  if (found) return found;
  if (known.size === MOST_KNOWN) {
    for (const { weights, firsts } of known.values()) {
      free(weights);
      if (firsts !== undefined) free(firsts);
    }
    known.clear();
  }
  const made = make();
  known.set(key, made);
  return made;
}
