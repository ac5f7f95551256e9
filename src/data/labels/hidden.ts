/** @module Splits without labels, as challenges publish their test data. */

import type { Split } from "../dataset.js";

/** What a row says of its label: nothing, a number that stands for nothing, or a label. */
export type Told = "nothing" | "minus-one" | "label";

/**
 * Splits whose labels are hidden: none of their rows has one, or all have -1, which no training row has.
 *
 * @param rows - The rows whose split is known; `null` where it is still to be drawn.
 */
export function hiddenSplits(
  rows: Iterable<{ readonly split: Split | null; readonly told: Told }>,
): ReadonlySet<Split> {
  const told = new Map<Split | null, Set<Told>>();
  for (const { split, told: one } of rows) {
    told.set(split, (told.get(split) ?? new Set()).add(one));
  }
  const isClass = told.get("train")?.has("minus-one") ?? false;
  const hidden = (["validation", "test"] as const).filter((split) => {
    const said = told.get(split);
    return said !== undefined && !said.has("label") && !(isClass && said.has("minus-one"));
  });
  return new Set(hidden);
}
