/** @module Class weights and label smoothing on the command line. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { balgrad, temporaryFolder } from "./support/cli.js";
import { QUICK, writeSquares } from "./support/table.js";

/** A table with 60 red and blue squares and 4 green ones. */
async function writeUnequal(folder: string): Promise<string> {
  const table = await writeSquares(folder, 60);
  const lines = readFileSync(table, "utf8").trim().split("\n");
  const kept = lines.filter((line) => !line.startsWith("green") || /^green-[0-3],/.test(line));
  writeFileSync(table, `${kept.join("\n")}\n`);
  return table;
}

test("are suggested where the classes are unequal, used, and refused for unknown classes", async () => {
  const folder = temporaryFolder();
  const table = await writeUnequal(folder);
  const checked = await balgrad(["data", "check", table, "--json"]);
  const report = JSON.parse(checked.stdout) as { imbalance: number; hints: string[] };
  expect(report.imbalance).toBeGreaterThan(10);
  expect(report.hints.join()).toContain("--class-weights balanced");

  const wrong = await balgrad(["train", table, ...QUICK, "--class-weights", "gren=3"]);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('the data have no class "gren"');
  expect(wrong.stderr).toContain('Did you mean "green"?');

  const train = (name: string, ...flags: string[]) =>
    balgrad(["train", table, "--out", join(folder, name), ...QUICK, "--epochs", "1", ...flags]);
  const plain = await train("plain");
  expect(plain.stderr).toContain("hint: the largest class has");
  const done = await train("weighted", "--class-weights", "balanced", "--label-smoothing", "0.1");
  expect(done.code, done.stderr).toBe(0);
  expect(done.stderr).not.toContain("hint:");
  const firstLoss = (name: string): number => {
    const [line] = readFileSync(join(folder, name, "metrics.jsonl"), "utf8").split("\n");
    return (JSON.parse(line!) as { record: Record<string, number> }).record["loss.task"]!;
  };
  // The same weights at the first step, another loss.
  expect(firstLoss("weighted")).not.toBeCloseTo(firstLoss("plain"), 4);
}, 60_000);
