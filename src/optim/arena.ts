/** @module Memory of the optimizer's state: parameters, moments and gradients, where runtime and kernel both see them. */

import { UserError } from "../errors.js";
import { type Block, type Kernel, loadKernel, ROUND } from "./kernel.js";

/** Parts of a parameter's block. */
export type BlockPart = "parameter" | "mean" | "variance" | "gradient" | "sum";

const PAGE = 65536;
/** The most that 32-bit addresses reach. */
const MOST_BYTES = 65536 * PAGE - PAGE;
/** What one part's beginning is shifted by: streams at equal offsets of a page hinder each other in the caches. */
const SKEW = 17 * 64;
const FLOAT_BYTES = 4;

/** A parameter's place. */
export interface Allocated {
  readonly kernel: Kernel;
  readonly block: Block;
  readonly parts: readonly BlockPart[];
  /** The values of a part, without the zeros at its end. */
  view(part: BlockPart): Float32Array;
}

/** How many values a parameter's parts have. */
export interface BlockSize {
  readonly size: number;
  /** Of the gradient, where it is not as large as the parameter. */
  readonly gradient?: number;
}

interface Placed {
  readonly block: Block;
  readonly size: BlockSize;
}

const PARTS: readonly BlockPart[] = ["parameter", "mean", "variance", "gradient"];

const rounded = (size: number): number => Math.ceil(size / ROUND) * ROUND;

const sizeOf = ({ size, gradient = size }: BlockSize, part: BlockPart): number =>
  part === "gradient" ? gradient : size;

/** A parameter's block behind the others of its memory, and where it ends. */
function place(
  start: number,
  size: BlockSize,
  parts: readonly BlockPart[],
): Placed & { end: number } {
  let end = start;
  const places = parts.map((part) => {
    const offset = end;
    end += rounded(sizeOf(size, part)) * FLOAT_BYTES + SKEW;
    return [part, offset] as const;
  });
  const offsets = Object.fromEntries(places) as Record<BlockPart, number>;
  return { block: { ...offsets, count: rounded(size.size) }, size, end };
}

function memoryOf(bytes: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(
      `Training needs ${(bytes / 2 ** 30).toFixed(1)} GiB for parameters, gradients and the optimizer's moments, and the system does not give it.`,
      "Train fewer of the encoders' layers, or a smaller model.",
    );
  }
}

/** One memory with the blocks that fit it. */
function allocate(
  placed: readonly Placed[],
  bytes: number,
  parts: readonly BlockPart[],
): Allocated[] {
  const memory = memoryOf(bytes);
  const kernel = loadKernel(memory);
  return placed.map(({ block, size }) => ({
    kernel,
    block,
    parts,
    view: (part) => new Float32Array(memory.buffer, block[part], sizeOf(size, part)),
  }));
}

/**
 * Gives each parameter a block of float32 values, all zero: the parameter, its two moments, its gradient, and its
 * gradients' sum where gradients are accumulated. One memory where it can hold them all, several otherwise.
 *
 * @param sizes - Of each parameter.
 * @param limit - Bytes of one memory at most.
 * @throws {UserError} where a parameter is too large for a memory, or the system does not give the memory.
 */
export function allocateBlocks(
  sizes: readonly BlockSize[],
  accumulates: boolean,
  limit = MOST_BYTES,
): Allocated[] {
  const parts: readonly BlockPart[] = accumulates ? [...PARTS, "sum"] : PARTS;
  const allocated: Allocated[] = [];
  let [placed, end]: [Placed[], number] = [[], 0];
  for (const size of sizes) {
    let next = place(end, size, parts);
    if (next.end > limit && placed.length > 0) {
      allocated.push(...allocate(placed, end, parts));
      placed = [];
      next = place(0, size, parts);
    }
    if (next.end > limit) {
      throw new UserError(
        `A parameter of ${String(size.size)} values is too large to train: with its gradient and moments it exceeds ${(limit / 2 ** 30).toFixed(0)} GiB.`,
        "Freeze the layer that it belongs to.",
      );
    }
    placed.push(next);
    end = next.end;
  }
  return placed.length > 0 ? [...allocated, ...allocate(placed, end, parts)] : allocated;
}
