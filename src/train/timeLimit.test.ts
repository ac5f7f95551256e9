import { describe, expect, test } from "vitest";

import { trainConfig } from "./config.js";
import { epochsOf, isTimeUp, planFor } from "./timeLimit.js";

describe("a limited time", () => {
  test("has whole epochs, at least one and at most those of the settings", () => {
    expect(planFor(60, 7, 25).epochs).toBe(8);
    expect(planFor(60, 90, 25).epochs).toBe(1);
    expect(planFor(3600, 7, 25).epochs).toBe(25);
  });

  test("is up where another epoch would exceed it by more than half", () => {
    // Epochs of ten seconds: at 30 s another one would end at 40 s.
    expect(isTimeUp(30, 3, 36)).toBe(false);
    expect(isTimeUp(30, 3, 34)).toBe(true);
    expect(isTimeUp(0, 0, 1)).toBe(false);
    expect(isTimeUp(1e9, 3, undefined)).toBe(false);
  });

  test("is noted with its plan, and no plan is made without one", () => {
    expect(epochsOf(trainConfig.parse({ time: 60, plannedEpochs: 3 }))).toBe(3);
    expect(epochsOf(trainConfig.parse({ time: 60 }))).toBe(25);
    for (const settings of [{ plannedEpochs: 3 }, { time: 60, plannedEpochs: 26 }, { time: 0 }]) {
      expect(trainConfig.safeParse(settings).success).toBe(false);
    }
  });
});
