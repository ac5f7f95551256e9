import { expect, test } from "vitest";

import { ALL_CASES } from "../impairments/cases.js";
import type { ProtocolResult, ProtocolRow } from "../evaluate/result.js";
import { intervalGrids } from "./intervals.js";
import type { RunRecord } from "../run/records.js";

const row = (low: number | null): ProtocolRow => {
  const intervals =
    low === null
      ? null
      : Object.fromEntries(ALL_CASES.map((name, at) => [name, { low: low + at, high: low + 10 }]));
  return { intervals } as unknown as ProtocolRow;
};

const run = (method: string, seed: number, joint: number | null): RunRecord => ({
  ...{ method, seed, steps: [], epochs: [], config: {}, meanings: {} },
  test: { protocol: row(joint), aware: row(joint && joint + 5) } as unknown as ProtocolResult,
});

test("single runs show the interval of every case, for both ways to answer", () => {
  const [grid] = intervalGrids([run("robust", 1, 60)]);
  expect(grid!.head).toEqual([
    ...["method", "full", "image missing", "text missing", "image noisy", "text noisy"],
  ]);
  expect(grid!.body).toEqual([
    ["robust", "60.0-70.0", "61.0-70.0", "62.0-70.0", "63.0-70.0", "64.0-70.0"],
    [
      ...["robust, modality-aware", "65.0-75.0", "66.0-75.0"],
      ...["67.0-75.0", "68.0-75.0", "69.0-75.0"],
    ],
  ]);
});

test("several seeds tell more, and older results have none", () => {
  expect(intervalGrids([run("robust", 1, 60), run("robust", 2, 61)])).toEqual([]);
  expect(intervalGrids([run("robust", 1, null)])).toEqual([]);
});
