/** @module `compare` and `methods` as real processes, and the bootstrap. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";

import { bootstrapMean } from "../src/compare/bootstrap.js";
import { balgrad, temporaryFolder } from "./support/cli.js";
import { QUICK, writeSquares } from "./support/table.js";

interface Summary {
  readonly mainScore: string;
  readonly rows: readonly {
    readonly label: string;
    readonly seeds: readonly number[];
    readonly protocol: { readonly columns: Readonly<Record<string, { readonly mean: number }>> };
    readonly differences: Readonly<Record<string, { readonly mean: number }>> | null;
    readonly relativeTime: number;
  }[];
}

let table = "";

beforeAll(async () => {
  table = await writeSquares(temporaryFolder());
});

const compare = (out: string, ...more: string[]) =>
  balgrad(["compare", table, "--out", out, ...QUICK, ...more]);

describe("compare", () => {
  test("trains every method on the same seeds and writes four kinds of tables", async () => {
    const out = join(temporaryFolder(), "compare");
    const methods = ["--methods", "joint,balgrad,upgrad", "--seeds", "2"];
    const done = await compare(out, ...methods, "--json");
    expect(done.code, done.stderr).toBe(0);
    expect(done.stderr).toContain("6/6");
    const { rows, mainScore } = JSON.parse(done.stdout) as Summary;
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
    const full = (row: typeof own): number => row.protocol.columns["full"]!.mean;
    expect(own.differences!["full"]!.mean).toBeCloseTo(full(own) - full(joint), 9);

    const read = (name: string) => readFileSync(join(out, name), "utf8");
    expect(JSON.parse(read("results.json"))).toEqual({ mainScore, rows });
    expect(read("results.md")).toMatch(/^\| method \| full \|/);
    expect(read("results.tex")).toContain("\\begin{tabular}");
    const lines = read("results.csv").trim().split("\n");
    expect(lines).toHaveLength(1 + 2 * rows.length);
    const cells = lines.map((line) => line.split(",").length);
    expect(new Set(cells).size).toBe(1);

    // A second time nothing is trained again; other settings are another comparison.
    const again = await compare(out, ...methods, "--json");
    expect(again.stderr).not.toContain("done");
    expect(JSON.parse(again.stdout)).toEqual(JSON.parse(done.stdout));
    const other = await compare(out, ...methods, "--fusion", "add");
    expect(other.code).toBe(2);
    expect(other.stderr).toContain("another comparison in this folder");
    // More methods and seeds are added to what is there.
    const more = await compare(out, "--methods", "joint,pcgrad", "--seeds", "3", "--json");
    expect(more.code, more.stderr).toBe(0);
    expect(more.stderr).toContain("6/6");
    expect(more.stderr).not.toContain("joint seed 1");
    expect((JSON.parse(more.stdout) as Summary).rows.map(({ seeds }) => seeds)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  test("stops at Ctrl-C and goes on with the same command", async () => {
    const out = join(temporaryFolder(), "compare");
    const args = ["--methods", "joint,balgrad", "--seeds", "3", "--jobs", "1"];
    const stopped = await balgrad(["compare", table, "--out", out, ...QUICK, ...args], {
      interruptAt: "1/6",
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain("Go on with the same command.");
    expect(existsSync(join(out, "results.json"))).toBe(false);
    const done = await compare(out, ...args);
    expect(done.code, done.stderr).toBe(0);
    expect(done.stderr).toContain("6/6");
    expect(done.stderr).not.toContain("1/6");
  });

  test("compares across fusions, or with one", async () => {
    const labels = async (...flags: string[]): Promise<string[]> => {
      const out = join(temporaryFolder(), "compare");
      const done = await compare(out, "--methods", "joint", "--seeds", "1", "--json", ...flags);
      expect(done.code, done.stderr).toBe(0);
      return (JSON.parse(done.stdout) as Summary).rows.map(({ label }) => label);
    };
    expect(await labels("--fusion")).toEqual(["joint, concat", "joint, add", "joint, attention"]);
    expect(await labels("--fusion", "add")).toEqual(["joint"]);
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
    const flags = ["--methods", "joint,ogm", "--fusion", "attention", "--seeds", "1"];
    const done = await compare(out, ...flags);
    expect(done.code, done.stderr).toBe(5);
    expect(done.stderr).toContain("1 of 2 runs failed");
    expect(done.stderr).toMatch(/ogm seed 1: failed: .*needs a fusion whose logits are a sum/s);
    expect(done.stdout).toContain("joint");
  });

  test("takes balgrad apart, and names a method that does not exist", async () => {
    const out = join(temporaryFolder(), "compare");
    const done = await compare(out, "--ablation", "--seeds", "1", "--missing-ratio");
    expect(done.code, done.stderr).toBe(0);
    for (const label of ["neither", "reweighting only", "projection only", "balgrad"]) {
      expect(done.stdout).toContain(label);
    }
    expect(done.stdout).toContain("Average score by missing ratio");
    const wrong = await compare(join(temporaryFolder(), "x"), "--methods", "joint,balgard");
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('Unknown method "balgard"');
    expect(wrong.stderr).toContain('Did you mean "balgrad"?');
  });
});

describe("the search", () => {
  test("tries as many settings of each method and goes on with the best on validation", async () => {
    const out = join(temporaryFolder(), "compare");
    const args = ["--methods", "joint,balgrad", "--seeds", "1", "--tune", "2"];
    const done = await compare(out, ...args, "--json");
    expect(done.code, done.stderr).toBe(0);
    const tuned = JSON.parse(readFileSync(join(out, "tune.json"), "utf8")) as {
      label: string;
      trials: { figure: number; options: object; train: object }[];
      chosen: number;
    }[];
    expect(tuned.map(({ label }) => label)).toEqual(["joint", "balgrad"]);
    for (const { label, trials, chosen } of tuned) {
      expect(trials).toHaveLength(2);
      expect(trials[0]!.options).toEqual({});
      const figures = trials.map(({ figure }) => figure);
      expect(figures[chosen]).toBe(Math.max(...figures));
      const run = readFileSync(join(out, label, "seed-1", "run.json"), "utf8");
      const { config } = JSON.parse(run) as { config: { method: { options: object } } };
      expect(config.method.options).toMatchObject(trials[chosen]!.options);
    }
  });

  test("train --method auto says what it chose and why, and trains it", async () => {
    const out = join(temporaryFolder(), "auto");
    const done = await balgrad(["train", table, "--out", out, ...QUICK, "--method", "auto"]);
    expect(done.code, done.stderr).toBe(0);
    const { chosen } = JSON.parse(readFileSync(join(out, "auto", "auto.json"), "utf8")) as {
      chosen: string;
    };
    expect(done.stderr).toContain(`auto: ${chosen}, the best of 5 methods`);
    expect(done.stdout).toContain(chosen);
    expect(existsSync(join(out, "results.json"))).toBe(true);
    // The trials are those of the run's own seed and settings, or none.
    const other = [...QUICK, "--method", "auto", "--seed", "7"];
    const stale = await balgrad(["train", table, "--out", out, ...other]);
    expect(stale.code).toBe(2);
    expect(stale.stderr).toContain("another comparison in this folder");
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
    const one = await balgrad(["methods", "cagrad"]);
    expect(one.stdout).toContain("c = 0.4");
    expect(one.stdout).toContain("NeurIPS 2021");
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
