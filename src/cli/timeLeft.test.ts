import { expect, test } from "vitest";

import { duration } from "../text.js";
import { bar, timeLeft } from "./timeLeft.js";

test("the time left follows the pace since the first call, not what was done before", () => {
  const left = timeLeft();
  expect(left(0.5, 1000)).toBe("");
  // A tenth in ten seconds: four tenths are left.
  expect(left(0.6, 11_000)).toBe("40 s left");
  expect(left(1, 51_000)).toBe("0 s left");
});

test("durations and bars are read at a glance", () => {
  expect([89_000, 95_000, 7_500_000].map(duration)).toEqual(["89 s", "2 min", "2 h 05 min"]);
  expect(bar(0.43)).toBe("█████████░░░░░░░░░░░ 43 %");
  expect(bar(1.2).startsWith("█".repeat(20))).toBe(true);
});
