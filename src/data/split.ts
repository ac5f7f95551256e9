/** @module Random splits: seeded, stratified by label, never cutting through a group. */

import { randomStream } from "../random.js";
import type { Split } from "./dataset.js";

/** Shares of the validation and test splits; the rest trains. */
export interface SplitShares {
  readonly validation: number;
  readonly test: number;
}

/** 70 % train, 10 % validation, 20 % test. */
export const DEFAULT_SHARES: SplitShares = { validation: 0.1, test: 0.2 };

/** Something to be assigned to a split as a whole. */
export interface SplitUnit {
  /** Unique; the draw depends on seed and keys alone, not on the order of the units. */
  readonly key: string;
  /** Units are drawn separately within each stratum, e.g. a label. */
  readonly stratum: string;
}

/**
 * Assigns units to splits. Within each stratum the shares are met to the nearest unit, and a stratum
 * of three or more units is in every split.
 */
export function drawSplits(
  units: readonly SplitUnit[],
  seed: number,
  { validation, test }: SplitShares = DEFAULT_SHARES,
): Map<string, Split> {
  const strata = new Map<string, string[]>();
  for (const { key, stratum } of units) {
    const keys = strata.get(stratum);
    if (keys) keys.push(key);
    else strata.set(stratum, [key]);
  }
  const splits = new Map<string, Split>();
  for (const [stratum, keys] of strata) {
    const order = randomStream(seed, "split", stratum).shuffle(keys.toSorted());
    const held = (share: number): number =>
      order.length < 3 || share === 0 ? 0 : Math.max(1, Math.round(share * order.length));
    const tests = held(test);
    const validations = held(validation);
    order.forEach((key, at) => {
      const split = at < tests ? "test" : at < tests + validations ? "validation" : "train";
      splits.set(key, split);
    });
  }
  return splits;
}
