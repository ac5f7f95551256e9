import { expect, test } from "vitest";

import { randomStream } from "../../../random.js";
import { ROOM } from "../kernel.js";
import { Scaler } from "./scale.js";

/** Lanczos' kernel of three lobes as weights of each scaled place, integers that add up to 8192. */
function weightsOf(from: number, to: number): { first: number; weights: number[] }[] {
  const scale = from / to;
  const taps = Math.min(from, Math.ceil(6 * scale));
  const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
  return Array.from({ length: to }, (_, at) => {
    const center = (at + 0.5) * scale - 0.5;
    const first = Math.min(Math.max(0, Math.ceil(center - 3 * scale)), from - taps);
    const raw = Array.from({ length: taps }, (_, tap) => {
      const x = (first + tap - center) / scale;
      return Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0;
    });
    const sum = raw.reduce((total, weight) => total + weight, 0);
    const weights = raw.map((weight) => Math.round((weight / sum) * 8192));
    weights[taps >> 1]! += 8192 - weights.reduce((total, weight) => total + weight, 0);
    return { first, weights };
  });
}

/** The same sums one by one: lines first, rounded to 7 bits behind the point, then columns. */
function expected(pixels: Uint8Array, from: [number, number], to: [number, number]): number[] {
  const [columns, lines] = [weightsOf(from[0], to[0]), weightsOf(from[1], to[1])];
  return lines.flatMap((line) => {
    const sums = Array.from({ length: 3 * from[0] }, (_, x) =>
      line.weights.reduce(
        (sum, weight, tap) => sum + weight * pixels[3 * from[0] * (line.first + tap) + x]!,
        32,
      ),
    ).map((sum) => sum >> 6);
    return columns.flatMap(({ first, weights }) =>
      [0, 1, 2].map((channel) => {
        const sum = weights.reduce(
          (total, weight, tap) => total + weight * sums[3 * (first + tap) + channel]!,
          1 << 19,
        );
        return Math.min(255, Math.max(0, sum >> 20));
      }),
    );
  });
}

/** A memory whose places are never given back. */
function heapOf(pages: number) {
  const memory = new WebAssembly.Memory({ initial: pages });
  let end = 1024;
  const malloc = (size: number): number => {
    const start = end;
    end = Math.ceil((end + size) / 16) * 16;
    return end > memory.buffer.byteLength ? 0 : start;
  };
  return { memory, malloc, free: () => undefined };
}

const SIZES: [[number, number], [number, number]][] = [
  [
    [128, 96],
    [64, 48],
  ],
  [
    [97, 61],
    [40, 25],
  ],
  [
    [33, 7],
    [32, 1],
  ],
  [
    [5, 90],
    [1, 16],
  ],
];

test.each(SIZES)("a picture of %j becomes one of %j, sum by sum", (from, to) => {
  const random = randomStream(1, "scale", ...from);
  // Black and white side by side: the kernel's lobes lead beyond both.
  const pixels = Uint8Array.from({ length: 3 * from[0] * from[1] }, () => {
    const value = random.integer(3);
    return value === 2 ? random.integer(256) : 255 * value;
  });
  const heap = heapOf(8);
  const address = heap.malloc(pixels.length + ROOM);
  new Uint8Array(heap.memory.buffer).set(pixels, address);
  const scaler = new Scaler(heap);
  const [size, wanted] = [from, to].map(([width, height]) => ({ width, height }));
  const scaled = scaler.scale(address, size!, wanted!);
  expect([...scaled]).toEqual(expected(pixels, from, to));
  expect([...scaler.scale(address, size!, wanted!)]).toEqual([...scaled]);
  const full = new Scaler({ ...heap, malloc: () => 0 });
  expect(() => full.scale(address, size!, wanted!)).toThrow("no more memory");
});
