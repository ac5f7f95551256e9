/** @module The order of scores, class by class. */

import type { Predictions } from "./predictions.js";

// A double holds 32 bits of a score and so many of a position.
const MOST_PACKED = 2 ** 21;

/**
 * Positions of scores from the lowest to the highest; equal ones in any order.
 *
 * Scores of 32 bits are sorted as numbers together with their positions: without a function that compares them this
 * takes a tenth of the time.
 */
export function ascending(scores: Float32Array | readonly number[]): ArrayLike<number> {
  if (!(scores instanceof Float32Array) || scores.length > MOST_PACKED) {
    return [...scores.keys()].sort((a, b) => scores[a]! - scores[b]!);
  }
  const values = scores.slice();
  // 0 and -0 are equal scores, and would not have equal bits.
  for (let at = 0; at < values.length; at++) values[at] = values[at]! + 0;
  const bits = new Uint32Array(values.buffer);
  const packed = new Float64Array(values.length);
  for (let at = 0; at < packed.length; at++) {
    const word = bits[at]!;
    // Negative numbers have larger bits the lower they are.
    const ordinal = (word >>> 31 ? ~word : word | 0x80000000) >>> 0;
    packed[at] = ordinal * MOST_PACKED + at;
  }
  packed.sort();
  const order = new Uint32Array(packed.length);
  for (let at = 0; at < order.length; at++) order[at] = packed[at]! % MOST_PACKED;
  return order;
}

/** Scores and truth of one class, one against the rest. */
export interface ClassColumn {
  readonly scores: Float32Array;
  /** 0 or 1. */
  readonly truth: Float32Array;
  /** {@link ascending} of the scores. */
  readonly order: ArrayLike<number>;
}

/** Columns of all classes. */
export function classColumns({
  classes,
  probabilities,
  targets,
}: Pick<Predictions, "classes" | "probabilities" | "targets">): ClassColumn[] {
  const samples = targets.length / classes;
  const column = (values: Float32Array, label: number): Float32Array => {
    const result = new Float32Array(samples);
    for (let row = 0; row < samples; row++) result[row] = values[row * classes + label]!;
    return result;
  };
  return Array.from({ length: classes }, (_, label) => {
    const scores = column(probabilities, label);
    return { scores, truth: column(targets, label), order: ascending(scores) };
  });
}
