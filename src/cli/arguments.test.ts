import { expect, test } from "vitest";

import { timeSpan } from "./arguments.js";

test("a length of time has a unit and is at least a second", () => {
  expect(["90s", "10m", "1.5h"].map(timeSpan)).toEqual([90, 600, 5400]);
  for (const text of ["10", "m", "-5m", "10 min", "1d", ""]) {
    expect(() => timeSpan(text)).toThrow("Expected a number with a unit: 90s, 10m or 1.5h.");
  }
  for (const text of ["0m", "0.5s"]) expect(() => timeSpan(text)).toThrow("at least one second");
});
