/** @module The optimizer's WebAssembly kernel, loaded over a memory. */

import { KERNEL_BYTES } from "./kernelBytes.js";

/** Values that the kernel treats at a time: every count it is given is a multiple of this. */
export const ROUND = 16;

/** Factors of one step of AdamW, see `adamWFactors`. */
export interface KernelFactors {
  /** Factor of the gradient: clipping. */
  readonly scale: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly rate: number;
  readonly epsilon: number;
  /** What is left of a parameter that decays. */
  readonly shrink: number;
}

/** Byte offsets of a parameter's values in the kernel's memory, and how many there are. */
export interface Block {
  readonly parameter: number;
  readonly mean: number;
  readonly variance: number;
  readonly gradient: number;
  /** Sum of the gradients of a batch in parts; only where there are parts. */
  readonly sum: number;
  /** A multiple of {@link ROUND}. */
  readonly count: number;
}

/** Part of a block, at a time when its gradient is at the beginning of the block's. */
export function partOf(block: Block, start: number, count: number): Block {
  const shift = start * Float32Array.BYTES_PER_ELEMENT;
  return {
    parameter: block.parameter + shift,
    mean: block.mean + shift,
    variance: block.variance + shift,
    gradient: block.gradient,
    sum: block.sum + shift,
    count: Math.min(count, block.count - start),
  };
}

/** The kernel's functions. Arithmetic is float32, as the runtime's. */
export interface Kernel {
  /** Sum of squares of `count` values, in float64 over short sums in float32. */
  sumOfSquares(values: number, count: number): number;
  /** `sum += share * gradient`. */
  accumulate(block: Block, share: number): void;
  /** One step in place, with the gradient at the byte offset `gradient`. */
  adamw(block: Block, gradient: number, factors: KernelFactors): void;
}

interface Exports {
  readonly sumOfSquares: (values: number, count: number) => number;
  readonly accumulate: (sum: number, values: number, count: number, share: number) => void;
  readonly adamw: (...numbers: number[]) => void;
}

let compiled: WebAssembly.Module | null = null;

function kernelModule(): WebAssembly.Module {
  const bytes = Uint8Array.from(atob(KERNEL_BYTES), (letter) => letter.charCodeAt(0));
  return (compiled ??= new WebAssembly.Module(bytes));
}

/** Loads the kernel. */
export function loadKernel(memory: WebAssembly.Memory): Kernel {
  const { exports } = new WebAssembly.Instance(kernelModule(), { env: { memory } });
  const { sumOfSquares, accumulate, adamw } = exports as unknown as Exports;
  return {
    sumOfSquares,
    accumulate: ({ sum, gradient, count }, share) => {
      accumulate(sum, gradient, count, share);
    },
    adamw: ({ parameter, mean, variance, count }, gradient, factors) => {
      const { scale, beta1, beta2, rate, epsilon, shrink } = factors;
      const decays = [beta1, 1 - beta1, beta2, 1 - beta2];
      adamw(parameter, mean, variance, gradient, count, scale, ...decays, rate, epsilon, shrink);
    },
  };
}
