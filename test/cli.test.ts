import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";

import { ConfigError } from "../src/errors.js";
import { protocolResult } from "../src/evaluate/schema.js";
import { RunFolder } from "../src/run/folder.js";
import { evaluate } from "../src/usecases/evaluate.js";
import { train as trainHere } from "../src/usecases/train.js";
import { balgrad, temporaryFolder } from "./support/cli.js";
import { QUICK, quickSettings, writeSquares } from "./support/table.js";

interface QuickGroups {
  readonly method?: object;
  readonly train?: object;
  readonly model?: object;
}

let table = "";

beforeAll(async () => {
  table = await writeSquares(temporaryFolder());
});

const train = (out: string, ...more: string[]) =>
  balgrad(["train", table, "--out", out, ...QUICK, "--method", "balgrad", ...more]);

/** Trains balgrad in this process, with settings in place of the quick ones. */
function trained(out: string, { train: own, model, ...groups }: QuickGroups = {}, seeds = 1) {
  const quick = quickSettings(table);
  const settings = {
    ...{ ...quick, method: { name: "balgrad" }, ...groups },
    train: { ...quick.train, ...own },
    model: { ...quick.model, ...model },
  };
  return trainHere({ settings, origin: "test", store: new RunFolder(out), seeds });
}

describe("train", () => {
  test("trains, evaluates, exports and reports; evaluate and predict agree with it", async () => {
    const run = join(temporaryFolder(), "run");
    const done = await train(run, "--json");
    expect(done.stderr).toContain("balgrad seed 1  epoch 3");
    expect(done.code).toBe(0);
    const { rows } = JSON.parse(done.stdout) as {
      rows: { label: string; columns: { full: { mean: number } } }[];
    };
    expect(rows.map(({ label }) => label)).toEqual(["balgrad", "balgrad, modality-aware"]);
    for (const file of ["run.json", "metrics.jsonl", "results.json", "report.html"]) {
      expect(existsSync(join(run, file)), file).toBe(true);
    }

    const evaluated = await balgrad(["evaluate", run, "--json"]);
    const again = JSON.parse(evaluated.stdout) as {
      result: { protocol: { scores: { full: number }; intervals?: object } };
    };
    expect(again.result.protocol.scores.full).toBe(rows[0]!.columns.full.mean);
    const { intervals } = protocolResult.parse(again.result).protocol;
    expect(intervals!.full.low).toBeLessThanOrEqual(again.result.protocol.scores.full);
    expect(intervals!.full.high).toBeGreaterThanOrEqual(again.result.protocol.scores.full);
    // Results of older versions have none.
    delete again.result.protocol.intervals;
    expect(protocolResult.parse(again.result).protocol.intervals).toBeNull();
    expect(readFileSync(join(run, "report.html"), "utf8")).toContain("How sure");

    const answer = await balgrad(["predict", run, "--text", "a green thing", "--json"]);
    const { predictions } = JSON.parse(answer.stdout) as {
      predictions: { label: string; probability: number }[];
    };
    expect(predictions).toHaveLength(3);
    expect(predictions.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
  });

  test("records every metric of every step", async () => {
    const { records } = await trained(join(temporaryFolder(), "run"));
    const { steps } = records[0]!;
    // 42 training samples in batches of 8: five full ones and a partial one, three epochs.
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 18 }, (_, at) => at + 1));
    expect(Object.keys(steps[0]!).sort()).toEqual(
      [
        ...["step", "epoch", "learningRate", "conflict", "cosine"],
        ...["loss.task", "loss.image", "loss.text", "loss.klImage", "loss.klText"],
        ...["norm.kl", "norm.task", "norm.update", "weight.image", "weight.text"],
      ].sort(),
    );
    for (const record of steps) {
      expect(record["weight.image"]! + record["weight.text"]!).toBeCloseTo(1, 6);
      expect(record.conflict).toBe(record.cosine! < 0 ? 1 : 0);
    }
  });

  test("stops on divergence with the last good state", async () => {
    const run = join(temporaryFolder(), "run");
    const done = await train(run, "--learning-rate", "1e30", "--clip-norm", "0");
    expect(done.code).toBe(4);
    expect(done.stderr).toMatch(/error: Training diverged at step \d+: .* = (NaN|Infinity)/);
    expect(existsSync(join(run, "checkpoints", "last.safetensors"))).toBe(true);
  });
});

describe("mistakes get a clear error and lose nothing", () => {
  const cases: [string, string[], number, string | RegExp][] = [
    ["wrong flag", ["train", "--epoch", "3"], 2, "Did you mean --epochs?"],
    ["wrong command", ["trian"], 2, "Did you mean train?"],
    [
      "value out of range",
      ["train", "--epochs", "0"],
      2,
      "--epochs 0: expected a whole number of at least 1.",
    ],
    ["unknown setting", ["train", "--set", "train.epoch=3"], 2, 'Did you mean "epochs"?'],
    ["unknown method option", ["train", "--method", "joint", "--lambda", "1"], 2, "lambda"],
    ["missing file", ["train", "none.csv"], 3, "none.csv: no such data source"],
    ["a run that is a file", ["evaluate", "package.json"], 2, "package.json: there is no run"],
    ["missing run", ["evaluate", "nowhere"], 2, "nowhere: there is no run in this folder"],
    ["nothing to predict", ["predict", "nowhere"], 2, "Give --image, --text or both."],
    ["missing configuration", ["train", "--config", "no.json"], 2, "no.json: no such file"],
  ];
  test.each(cases)("%s", async (_, args, code, message) => {
    const done = await balgrad(args);
    expect(done.stderr).toContain(message);
    expect(done.code).toBe(code);
    expect(done.stderr).not.toMatch(/^\s+at /m);
  });

  test("a finished run is not overwritten", async () => {
    const run = join(temporaryFolder(), "run");
    await trained(run, { train: { epochs: 1 } });
    const before = readFileSync(join(run, "results.json"), "utf8");
    await expect(trained(run)).rejects.toThrow(`${run}: there is a run in this folder already.`);
    expect(readFileSync(join(run, "results.json"), "utf8")).toBe(before);
  });

  test("settings that no step can be built from leave no folder behind", async () => {
    const run = join(temporaryFolder(), "run");
    const model = { fusion: "attention" };
    const error = await trained(run, { method: { name: "mla" }, model }, 2).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect(existsSync(run)).toBe(false);
  });

  test("truncated and damaged checkpoints are told apart from good ones", async () => {
    const run = join(temporaryFolder(), "run");
    await trained(run, { train: { epochs: 1 } });
    const best = join(run, "checkpoints", "best.safetensors");
    const good = readFileSync(best);
    truncateSync(best, good.length - 10);
    const truncated = await balgrad(["evaluate", run]);
    expect(truncated.code).toBe(2);
    expect(truncated.stderr).toMatch(/best\.safetensors: .* is cut off/);
    const damaged = Buffer.from(good);
    damaged[good.length - 100]! ^= 1;
    writeFileSync(best, damaged);
    await expect(evaluate({ store: new RunFolder(run) })).rejects.toThrow(
      "does not match its digest",
    );
  });
});

test("data check reports counts as JSON and fails where there is nothing to train on", async () => {
  const good = await balgrad(["data", "check", table, "--json"]);
  const report = JSON.parse(good.stdout) as {
    fit: boolean;
    splits: { train: { samples: number } };
  };
  expect(report.fit).toBe(true);
  expect(report.splits.train.samples).toBe(42);
  const folder = temporaryFolder();
  const path = join(folder, "one.csv");
  writeFileSync(path, "text,label\na,x\nb,x\nc,x\nd,x\n");
  const bad = await balgrad(["data", "check", path]);
  expect(bad.code).toBe(3);
  expect(bad.stdout).toContain('at least two classes in the training split, got 1 ("x")');
});

test("the demo trains both methods on the emoji and writes a report", async () => {
  const out = join(temporaryFolder(), "demo");
  const done = await balgrad(["demo", "--epochs", "1", "--out", out]);
  expect(done.code).toBe(0);
  for (const row of ["joint", "balgrad, modality-aware"]) expect(done.stdout).toContain(row);
  expect(readFileSync(join(out, "report.html"), "utf8")).toContain("Do the gradients agree?");
  // Two trainings on 3,812 pictures, with all that is fitted beside them.
}, 180_000);
