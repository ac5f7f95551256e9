/** @module Values that parameters start from. */

import type { Random } from "../random.js";

/** Fills a parameter of the given shape, row-major. */
export type Initializer = (shape: readonly number[], random: Random) => Float32Array;

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, dim) => size * dim, 1);

/** All zeros. */
export const zeros: Initializer = (shape) => new Float32Array(sizeOf(shape));

/** All ones. */
export const ones: Initializer = (shape) => new Float32Array(sizeOf(shape)).fill(1);

/** Normal with mean 0 and the given standard deviation. */
export const normal =
  (deviation: number): Initializer =>
  (shape, random) =>
    Float32Array.from({ length: sizeOf(shape) }, () => deviation * random.normal());

/**
 * Uniform in `±sqrt(6 / fanIn)`, which keeps the variance of rectified activations.
 *
 * Source: He et al., "Delving Deep into Rectifiers", ICCV 2015, section 2.2.
 */
export const heUniform =
  (fanIn: number): Initializer =>
  (shape, random) => {
    const bound = Math.sqrt(6 / fanIn);
    return Float32Array.from({ length: sizeOf(shape) }, () => bound * (2 * random.uniform() - 1));
  };

/**
 * Uniform in `±1 / sqrt(fanIn)`, for layers whose output is not rectified.
 *
 * Source: LeCun et al., "Efficient BackProp", 1998, section 4.6 (variance `1 / (3 fanIn)`, as
 * PyTorch's linear layers have it).
 */
export const lecunUniform =
  (fanIn: number): Initializer =>
  (shape, random) => {
    const bound = 1 / Math.sqrt(fanIn);
    return Float32Array.from({ length: sizeOf(shape) }, () => bound * (2 * random.uniform() - 1));
  };
