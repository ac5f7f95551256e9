import { describe, expect, test } from "vitest";

import { drawSplits, inFold } from "./split.js";

describe("folds of the validation", () => {
  const units = Array.from({ length: 200 }, (_, at) => ({
    key: `unit ${at}`,
    stratum: at % 4 === 0 ? "rare" : "usual",
  }));
  const drawn = drawSplits(units, 1);
  const placed = units.map((unit) => ({ ...unit, split: drawn.get(unit.key)! }));
  const splitsOf = (fold: number) => {
    const splitOf = inFold(placed, 1, fold);
    return placed.map(({ key, split }) => splitOf(split, key));
  };
  const validating = (fold: number): string[] =>
    units.filter((_, at) => splitsOf(fold)[at] === "validation").map(({ key }) => key);

  test("are the split as it is, and then others of its size, none with a sample of another", () => {
    expect(splitsOf(0)).toEqual(placed.map(({ split }) => split));
    const folds = [0, 1, 2, 3, 4].map(validating);
    // A tenth of 200, by stratum: 5 of 50 and 15 of 150.
    for (const keys of folds) {
      expect(keys).toHaveLength(20);
      const rare = keys.filter((key) => units.find((unit) => unit.key === key)!.stratum === "rare");
      expect(rare).toHaveLength(5);
    }
    expect(new Set(folds.flat()).size).toBe(100);
  });

  test("leave the test split alone, and train on what validated before", () => {
    const before = splitsOf(0);
    splitsOf(3).forEach((split, at) => {
      expect(split === "test").toBe(before[at] === "test");
      if (before[at] === "validation") expect(split).toBe("train");
    });
  });

  test("depend on seed and keys, not on the order of the units", () => {
    const other = inFold(placed.toReversed(), 1, 2);
    expect(placed.map(({ key, split }) => other(split, key))).toEqual(splitsOf(2));
    const seeded = inFold(placed, 2, 2);
    expect(placed.map(({ key, split }) => seeded(split, key))).not.toEqual(splitsOf(2));
  });
});
