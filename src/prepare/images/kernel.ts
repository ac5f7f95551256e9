/** @module The WebAssembly kernel that scales pictures, loaded over a memory. */

import { KERNEL_BYTES } from "./kernelBytes.js";

/** Bytes that must lie behind every buffer: the kernel reads and writes so many beyond what counts. */
export const ROOM = 16;

/** The kernel's functions, see `assembly/pictures.ts`; all positions are byte offsets. */
export interface PictureKernel {
  readonly sumLines: (
    ...call: [
      ...[source: number, stride: number, length: number, pairs: number, weights: number],
      ...[last: number, shift: number, line: number],
    ]
  ) => void;
  readonly sumPixels: SumPixels;
  readonly narrowBytes: SumPixels;
  readonly sumBytes: (
    ...call: [
      ...[source: number, stride: number, length: number, taps: number, weights: number],
      ...[shift: number, to: number],
    ]
  ) => void;
}

type SumPixels = (
  ...call: [
    ...[line: number, count: number, firsts: number, taps: number, weights: number],
    ...[shift: number, to: number],
  ]
) => void;

let compiled: WebAssembly.Module | null = null;

/** Loads the kernel over a memory. */
export function loadPictureKernel(memory: WebAssembly.Memory): PictureKernel {
  compiled ??= new WebAssembly.Module(Buffer.from(KERNEL_BYTES, "base64"));
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  return exports as unknown as PictureKernel;
}
