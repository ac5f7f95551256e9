import { expect, test } from "vitest";

import { TimeLimit } from "./timeLimit.js";

test("another run begins while it and the last one fit, as long as the longest so far", () => {
  let now = 100;
  const limit = new TimeLimit(60, () => now);
  // Nothing is known of how long runs take.
  expect(limit.allowsAnother()).toBe(true);
  now += 10;
  limit.note(10);
  limit.note(4);
  expect([limit.left, limit.allowsAnother()]).toEqual([50, true]);
  now += 30;
  expect([limit.left, limit.allowsAnother()]).toEqual([20, false]);
  now += 50;
  expect(limit.left).toBe(-30);
});
