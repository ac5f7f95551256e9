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

/** Keys of some units by stratum. */
function keysByStratum(units: readonly SplitUnit[]): Map<string, string[]> {
  const strata = new Map<string, string[]>();
  for (const { key, stratum } of units) {
    const keys = strata.get(stratum);
    if (keys) keys.push(key);
    else strata.set(stratum, [key]);
  }
  return strata;
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
  const splits = new Map<string, Split>();
  for (const [stratum, keys] of keysByStratum(units)) {
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

/** A unit and where it is before a cross-validation moves it. */
export interface PlacedUnit extends SplitUnit {
  readonly split: Split;
}

/** Which of a shuffled stratum's units validate in a fold, counted from 1; after the last it begins again. */
function heldOut(order: readonly string[], share: number, fold: number): string[] {
  const size = order.length < 3 ? 0 : Math.max(1, Math.round(share * order.length));
  return Array.from({ length: size }, (_, at) => order[((fold - 1) * size + at) % order.length]!);
}

/**
 * Splits of a cross-validation: in fold 0 they are as they were; in the others as many training units as
 * validate otherwise, but no more than half, validate in their place, other ones in each fold. The test split
 * stays.
 *
 * @returns What becomes of a sample's split, given it and the key of the sample's unit.
 */
export function inFold(
  units: readonly PlacedUnit[],
  seed: number,
  fold: number,
): (split: Split, key: string) => Split {
  if (fold === 0) return (split) => split;
  const training = units.filter(({ split }) => split === "train");
  const validating = units.filter(({ split }) => split === "validation").length;
  const share = Math.min(0.5, validating / Math.max(1, training.length));
  const held = new Set(
    [...keysByStratum(training)].flatMap(([stratum, keys]) =>
      heldOut(randomStream(seed, "fold", stratum).shuffle(keys.toSorted()), share, fold),
    ),
  );
  return (split, key) =>
    split === "test" ? "test" : split === "train" && held.has(key) ? "validation" : "train";
}
