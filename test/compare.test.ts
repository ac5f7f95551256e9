/** @module Comparisons: as real processes and as calls; `methods`, and the bootstrap. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parseHTML } from "linkedom";
import { beforeAll, describe, expect, test } from "vitest";

import { parseEntries } from "../src/cli/entries.js";
import type { AskedEntries } from "../src/compare/entries.js";
import { fusionEntries, methodEntry } from "../src/compare/plan.js";
import { UserError } from "../src/errors.js";
import { bootstrapMean } from "../src/evaluate/scores/bootstrap.js";
import { terminalComparison } from "../src/report/comparison.js";
import { RunFolder } from "../src/run/folder.js";
import { Run } from "../src/run/run.js";
import { compare as compareHere, type CompareResult } from "../src/usecases/compare.js";
import type { CompareEvent } from "../src/usecases/events.js";
import { balgrad, temporaryFolder } from "./support/cli.js";
import { QUICK, quickSettings, writeSquares } from "./support/table.js";

interface EpochLine {
  readonly kind: string;
  readonly record: { readonly best?: boolean; readonly validation?: { readonly full: number } };
}

let table = "";

beforeAll(async () => {
  table = await writeSquares(temporaryFolder());
});

const compare = (out: string, ...more: string[]) =>
  balgrad(["compare", table, "--out", out, ...QUICK, ...more]);

interface Asked extends AskedEntries {
  /** Entries as they are written after `--methods`. */
  readonly methods?: string;
  readonly settings?: object;
  readonly missingRatio?: boolean;
  /** Default: 1. */
  readonly seeds?: number;
  readonly events?: (event: CompareEvent) => void;
}

/** Compares in this process. */
async function compared(
  out: string,
  { methods, settings, missingRatio = false, seeds = 1, events, ...rows }: Asked,
): Promise<CompareResult> {
  const named = methods === undefined ? undefined : parseEntries(methods);
  return compareHere({
    settings: { ...quickSettings(table), ...settings },
    ...{
      origin: "test",
      store: new RunFolder(out),
      seeds,
      missingRatio,
      events,
      rows: { ...rows, named },
    },
  });
}

const labelsOf = ({ rows }: CompareResult): string[] => rows.map(({ label }) => label);

describe("compare", () => {
  test("trains every method on the same seeds and writes four kinds of tables", async () => {
    const out = join(temporaryFolder(), "compare");
    const asked = { methods: "joint,balgrad,upgrad", seeds: 2 };
    const done = await compared(out, asked);
    const { rows, mainScore } = done;
    expect(mainScore).toBe("accuracy");
    expect(rows.map(({ label }) => label)).toEqual(["joint", "balgrad", "upgrad"]);
    expect(rows.map(({ seeds }) => seeds)).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    const [joint, own] = [rows[0]!, rows[1]!];
    expect(joint.differences).toBeNull();
    expect(joint.relativeTime).toBe(1);
    const full = (row: typeof own): number => row.protocol.columns.full.mean;
    expect(own.differences!.full.mean).toBeCloseTo(full(own) - full(joint), 9);

    const read = (name: string) => readFileSync(join(out, name), "utf8");
    expect(JSON.parse(read("results.json"))).toEqual({ format: 1, mainScore, rows });
    expect(read("results.md")).toMatch(/^\| method \| full \|/);
    for (const name of ["results.md", "results.tex"]) {
      const text = read(name);
      expect(text).toContain("Paired differences to joint");
      expect(text).toContain("Validation split at the best epoch");
      expect(text).toContain("Shapley values");
      expect(text).toContain("Wrong input");
      expect(text).not.toContain("missing ratio");
    }
    expect(read("results.tex").match(/\\begin\{tabular\}/g)).toHaveLength(6);
    const lines = read("results.csv").trim().split("\n");
    expect(lines).toHaveLength(1 + 2 * rows.length);
    const cells = lines.map((line) => line.split(","));
    expect(new Set(cells.map(({ length }) => length)).size).toBe(1);
    const at = (column: string): number => cells[0]!.indexOf(column);
    const balgradLine = cells.find(([label]) => label === "balgrad")!;
    const difference = Number(balgradLine[at("difference-full-mean")]);
    expect(difference).toBe(own.differences!.full.mean);
    expect(Number(balgradLine[at("validation-missing-mean")])).toBe(own.validation.missing.mean);
    expect(Number(balgradLine[at("shapley-imbalance-mean")])).toBe(own.shapley.imbalance.mean);
    expect(at("image-missing-at-0.5")).toBeGreaterThan(0);
    const bestFull = [1, 2].map((seed) => {
      const text = readFileSync(join(out, "balgrad", `seed-${seed}`, "metrics.jsonl"), "utf8");
      const epochs = text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as EpochLine)
        .filter(({ kind }) => kind === "epoch");
      return epochs.findLast(({ record }) => record.best)!.record.validation!.full;
    });
    expect(own.validation.full.mean).toBeCloseTo((bestFull[0]! + bestFull[1]!) / 2, 9);

    const { document } = parseHTML(read("report.html"));
    const [results, prediction, differences, wrong] = document.querySelectorAll("table");
    const texts = (table: Element | undefined, selector: string): string[] =>
      [...table!.querySelectorAll(selector)].map(({ textContent }) => textContent);
    for (const table of [results, prediction, differences]) {
      expect(texts(table, "tbody th")).toEqual(["joint", "balgrad", "upgrad"]);
    }
    // Both answers of each method.
    expect(texts(wrong, "tbody th")).toHaveLength(6);
    // The best of each of the nine columns is marked, by colour and by a star.
    expect(results!.querySelectorAll("td.best").length).toBeGreaterThanOrEqual(9);
    for (const text of texts(results, "td.best")) expect(text).toMatch(/^-?\d+\.\d±\d+\.\d!?\*$/);
    const [, second] = [...differences!.querySelectorAll("tbody tr")];
    expect(texts(second, "td")[0]).toMatch(/^[+-]?\d+\.\d \[[+-]?\d+\.\d, [+-]?\d+\.\d\]$/);
    expect(document.querySelectorAll("figure svg").length).toBeGreaterThanOrEqual(5);
    expect(read("report.html")).not.toMatch(/NaN|undefined|<script|(src|href)="http/);

    // A second time nothing is trained again; other settings are another comparison.
    const trained: string[] = [];
    const events = (event: CompareEvent): void => {
      if (event.kind !== "batch-run-ended") return;
      trained.push(`${event.run.entry.label} ${event.run.seed} ${event.outcome}`);
    };
    expect(await compared(out, { ...asked, events })).toEqual(done);
    expect(trained).toEqual([]);
    const model = { ...quickSettings(table).model, fusion: "add" };
    await expect(compared(out, { ...asked, settings: { model } })).rejects.toThrow(
      "another comparison in this folder",
    );
    // More methods and seeds are added to what is there.
    const { rows: all } = await compared(out, { methods: "joint,pcgrad", seeds: 3, events });
    expect(trained).toEqual([
      ...["pcgrad 1 done", "pcgrad 2 done", "joint 3 done", "pcgrad 3 done"],
    ]);
    // The tables have all rows of the folder, each with the seeds that it has.
    expect(all.map(({ label, seeds }) => [label, seeds])).toEqual([
      ["joint", [1, 2, 3]],
      ["balgrad", [1, 2]],
      ["upgrad", [1, 2]],
      ["pcgrad", [1, 2, 3]],
    ]);
    expect(read("results.md")).toContain("over 2 to 3 seeds");
  });

  test("takes methods with settings, and lays them over those of the comparison", async () => {
    const out = join(temporaryFolder(), "compare");
    const methods = "joint:train.epochs=1,balgrad:lambda=3:status=progress:model.dropout=0.2";
    const done = await compared(out, { methods });
    expect(labelsOf(done)).toEqual(methods.split(","));
    const configOf = async (at: number) =>
      (await Run.open(new RunFolder(join(out, done.rows[at]!.folder, "seed-1")))).config;
    expect(await configOf(0)).toMatchObject({
      train: { epochs: 1, batchSize: 8 },
      model: { embed: 16 },
    });
    expect(await configOf(1)).toMatchObject({
      method: { name: "balgrad", options: { lambda: 3, status: "progress" } },
      model: { embed: 16, dropout: 0.2 },
      train: { epochs: 3 },
    });
  });

  test("knows a row by its settings, and never takes a run with other settings for its own", async () => {
    const out = join(temporaryFolder(), "compare");
    await compared(out, { methods: "joint,balgrad:lambda=1e-1:status=loss" });
    // Another spelling is the same row, under the label that was given last; another value is a row of its own.
    const trained: string[] = [];
    const more = await compared(out, {
      methods: "balgrad:lambda=0.1,balgrad:lambda=1e+1",
      events: (event) => {
        if (event.kind === "batch-run-ended") trained.push(event.run.entry.label);
      },
    });
    expect(trained).toEqual(["balgrad:lambda=1e+1"]);
    expect(labelsOf(more)).toEqual(["joint", "balgrad:lambda=0.1", "balgrad:lambda=1e+1"]);
    const path = join(out, "joint", "seed-1", "run.json");
    const changedByHand = readFileSync(path, "utf8")
      .replace('"warmup": 0.05', '"warmup": 0.1')
      .replace(/"digest": "[0-9a-f]+"/, '"digest": "edited"');
    writeFileSync(path, changedByHand);
    await expect(compared(out, { methods: "joint" })).rejects.toThrow(
      "a run with other settings than those of joint",
    );
  });

  test.each<[string, Asked, string]>([
    ["an option of another method", { methods: "joint,agm:lambda=3" }, "It has: alpha."],
    ["a misspelt option", { methods: "joint,balgrad:lamda=3" }, 'Did you mean "lambda"?'],
    ["a method that there is not", { methods: "joint,balgard" }, 'Did you mean "balgrad"?'],
    ["a setting that is none", { methods: "joint,balgrad:lambda" }, "expected path=value"],
    ["a seed of one row", { methods: "joint,balgrad:train.seed=5" }, "Use --seeds."],
    [
      "two kinds of fusion",
      { acrossFusions: true, methods: "joint:model.fusion=add" },
      "gives each row every fusion",
    ],
    ["a method named twice", { methods: "joint,joint" }, "names joint twice"],
    [
      "one row written in two ways",
      { methods: "balgrad:lambda=3:status=lead,balgrad:status=lead:lambda=3.0" },
      "are one row of a comparison",
    ],
    [
      "a fusion that a method does not work with",
      { methods: "joint:model.fusion=attention,ogm:model.fusion=attention" },
      "it needs joint logits that are a sum",
    ],
    [
      "regressions where one modality is used",
      { settings: { data: { modalities: "text" } }, methods: "joint,linear" },
      "linear needs images and texts: no training sample has a picture",
    ],
    [
      "options set aside",
      { settings: { method: { options: { lambda: 5 } } } },
      "methods=joint,balgrad:lambda=3",
    ],
    ["methods set aside", { ablation: true, methods: "joint,mgda" }, "leave out methods"],
  ])("refuses %s before anything is written", async (_, asked, words) => {
    const out = join(temporaryFolder(), "x");
    const error = await compared(out, asked).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(UserError);
    const { message, hint } = error as UserError;
    expect(`${message} ${hint ?? ""}`).toContain(words);
    expect(existsSync(out)).toBe(false);
  });

  test("stops at Ctrl-C and goes on with the same command", async () => {
    const out = join(temporaryFolder(), "compare");
    const args = ["--methods", "joint,balgrad", "--seeds", "2", "--jobs", "1"];
    const stopped = await balgrad(["compare", table, "--out", out, ...QUICK, ...args], {
      interruptAt: "1/4",
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain("Continue with the same command.");
    expect(existsSync(join(out, "results.json"))).toBe(false);
    const done = await compare(out, ...args, "--json");
    expect(done.code, done.stderr).toBe(0);
    expect(done.stderr).toContain("4/4");
    expect(done.stderr).not.toContain("1/4  ");
    const { rows, report } = JSON.parse(done.stdout) as Pick<CompareResult, "rows" | "report">;
    expect(rows.map(({ label, seeds }) => [label, seeds])).toEqual([
      ["joint", [1, 2]],
      ["balgrad", [1, 2]],
    ]);
    expect(existsSync(report)).toBe(true);
  });

  test("compares across fusions", async () => {
    const out = join(temporaryFolder(), "compare");
    const done = await compared(out, { methods: "joint", acrossFusions: true });
    expect(labelsOf(done)).toEqual(["joint, concat", "joint, add", "joint, attention"]);
  });

  test("compares methods across the fusions that they work with", () => {
    const entries = ["joint", "ogm", "mla", "mmcosine"].map((name) => methodEntry(name));
    expect(fusionEntries(entries).map(({ label }) => label)).toEqual([
      ...["joint, concat", "ogm, concat"],
      ...["joint, add", "ogm, add", "mla, add"],
      ...["joint, attention", "mmcosine, cosine"],
    ]);
  });

  test.each([
    ["--seeds", "0"],
    ["--jobs", "0"],
  ])("refuses %s %s", async (...flag) => {
    const done = await compare(join(temporaryFolder(), "x"), ...flag);
    expect(done.code).toBe(2);
    expect(done.stderr).toContain("There must be at least one.");
  });

  test("says why a run failed and goes on with the others", async () => {
    const out = join(temporaryFolder(), "compare");
    const flags = ["--methods", "joint,joint:train.learningRate=1e30", "--seeds", "1"];
    const done = await compare(out, ...flags);
    expect(done.code, done.stderr).toBe(5);
    expect(done.stderr).toContain("1 of 2 runs failed");
    expect(done.stderr).toMatch(/joint:train.learningRate=1e30 seed 1: failed: .+/);
    expect(done.stdout).toContain("joint");
  });

  test("takes balgrad apart, and has the tables that are asked for", async () => {
    const out = join(temporaryFolder(), "compare");
    const evaluation = { corruptions: ["typos", "darkness"], noiseCurve: true };
    const asked = { ablation: true, missingRatio: true, settings: { evaluation } };
    const { rows, mainScore, extra } = await compared(out, asked);
    expect(rows.map(({ label }) => label)).toEqual([
      ...["joint", "neither", "reweighting only", "projection only", "balgrad"],
    ]);
    expect(terminalComparison(rows, mainScore, extra)).toContain("Average score by missing ratio");
    for (const name of ["results.md", "results.tex", "report.html"]) {
      const text = readFileSync(join(out, name), "utf8");
      expect(text, name).toMatch(/Average under corruption.*darkness.*typos.*avg.*modality-aware/s);
      expect(text, name).toContain("Average score by strength of noise");
    }
    expect(readFileSync(join(out, "report.html"), "utf8")).toContain("How much noise?");
    const [head, first] = readFileSync(join(out, "results.csv"), "utf8").split("\n");
    const cellOf = (column: string): string => first!.split(",")[head!.split(",").indexOf(column)]!;
    expect(cellOf("method")).toBe("joint");
    const averages = ["darkness", "typos"].map((name) => Number(cellOf(`corruption-${name}-mean`)));
    const average = Number(cellOf("corruption-average-mean"));
    expect(average).toBeCloseTo((averages[0]! + averages[1]!) / 2, 9);
    expect(cellOf("corruption-ocr-mean")).toBe("");
    expect(Number(cellOf("image-noisy-at-1"))).toBe(Number(cellOf("image-noisy-mean")));
  });
});

describe("methods", () => {
  test("lists every method with source, options and defaults", async () => {
    const listed = await balgrad(["methods", "--json"]);
    const methods = JSON.parse(listed.stdout) as {
      name: string;
      source: string;
      options: { name: string; default: unknown; description: string }[];
    }[];
    expect(methods.length).toBeGreaterThan(25);
    for (const { name, source, options } of methods) {
      expect(source, name).not.toBe("");
      for (const option of options) {
        expect(option.default, `${name} ${option.name}`).toBeDefined();
        expect(option.description, `${name} ${option.name}`).not.toBe("");
      }
    }
  });
});

describe("the bootstrap", () => {
  test("holds the mean, is the same every time, and has no width for equal differences", () => {
    expect(bootstrapMean([2, 2, 2])).toEqual({ mean: 2, low: 2, high: 2 });
    const values = [1, 2, 3, 4, 10];
    const { mean, low, high } = bootstrapMean(values);
    expect(mean).toBe(4);
    expect(low).toBeLessThan(mean);
    expect(high).toBeGreaterThan(mean);
    expect(low).toBeGreaterThanOrEqual(1);
    expect(high).toBeLessThanOrEqual(10);
    expect(bootstrapMean(values)).toEqual({ mean, low, high });
  });
});
