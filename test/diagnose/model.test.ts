/** @module `balgrad diagnose` of a saved model on labelled data. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";

import { balgrad, temporaryFolder } from "../support/cli.js";
import { QUICK, writeSquares } from "../support/table.js";

const folder = temporaryFolder();
const [run, model] = [join(folder, "run"), join(folder, "model")];
let table: string;

const figuresOf = async (...args: string[]): Promise<Record<string, number>> => {
  const done = await balgrad(["diagnose", ...args, "--samples", "0", "--json"]);
  expect(done.code, done.stderr).toBe(0);
  return (JSON.parse(done.stdout) as { figures: Record<string, number> }).figures;
};

beforeAll(async () => {
  table = await writeSquares(folder);
  // Splits that the data give, so that the model is asked about the same samples as its run.
  const [head, ...rows] = readFileSync(table, "utf8").trim().split("\n");
  const splits = ["train", "train", "train", "validation", "test"];
  const lines = rows.map((row, at) => `${row},${splits[at % splits.length]!}`);
  writeFileSync(table, [`${head!},split`, ...lines, ""].join("\n"));
  const done = await balgrad(["train", table, ...QUICK, "--method", "joint", "--out", run]);
  expect(done.code, done.stderr).toBe(0);
  const exported = await balgrad(["export", run, "--out", model]);
  expect(exported.code, exported.stderr).toBe(0);
}, 120_000);

test("an exported model has the figures of its run on the same samples", async () => {
  const ofRun = await figuresOf(run);
  expect(ofRun).not.toHaveProperty("conflict");
  const ofModel = await figuresOf(model, table);
  expect(Object.keys(ofModel).sort()).toEqual(Object.keys(ofRun).sort());
  for (const [name, value] of Object.entries(ofRun)) {
    expect(ofModel[name], name).toBeCloseTo(value, 8);
  }
});

test("all samples are asked where the data give no splits, but those with unknown labels", async () => {
  const other = join(folder, "other.csv");
  const rows = readFileSync(table, "utf8").trim().split("\n");
  const plain = rows.map((row) => row.split(",").slice(0, -1).join(","));
  writeFileSync(other, [...plain, 'odd,pictures/red-0.png,"a thing",purple', ""].join("\n"));
  const done = await balgrad(["diagnose", model, other, "--samples", "1"]);
  expect(done.code, done.stderr).toBe(0);
  expect(done.stdout).toContain(`a model on other.csv, ${rows.length - 1} samples`);
  expect(done.stdout).toContain("what mattered for");
  expect(done.stderr).toContain("1 sample with labels that the model does not know: purple");
});

describe("mistakes are named", () => {
  test("labels that the model does not know, flags without data, a split of other data", async () => {
    const unknown = join(folder, "unknown.csv");
    writeFileSync(unknown, 'id,image,text,label\n1,pictures/red-0.png,"a",x\n2,,"b",y\n');
    const none = await balgrad(["diagnose", model, unknown]);
    expect([none.code, none.stderr]).toEqual([3, expect.stringContaining("blue, green, red")]);
    const idle = await balgrad(["diagnose", run, "--label-column", "label"]);
    expect([idle.code, idle.stderr]).toEqual([2, expect.stringContaining("is for labelled data")]);
    const split = await balgrad(["diagnose", model, table, "--split", "test"]);
    expect([split.code, split.stderr]).toEqual([2, expect.stringContaining("Leave it out")]);
    const missing = await balgrad(["diagnose", join(folder, "nothing"), table]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).not.toContain(" at ");
  });
});
