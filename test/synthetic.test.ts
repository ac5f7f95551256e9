/** @module The bias that was put into synthetic data, found by training on them. */

import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { bayesAccuracy, syntheticOptions } from "../src/data/synthetic.js";
import { balgrad, temporaryFolder } from "./support/cli.js";

type Columns = Readonly<
  Record<"full" | "image-missing" | "text-missing", { readonly mean: number }>
>;

const SMALL = { samples: 1500, classes: 4 };
const QUICK = ["--epochs", "8", "--embed", "32", "--dropout", "0.3", "--seeds", "1"];

/** Scores of some methods on synthetic data, and the best possible ones. */
async function scoresOf(
  methods: string,
  chosen: Readonly<Record<string, number>>,
  training: readonly string[],
) {
  const flags = Object.entries(chosen).flatMap(([name, value]) => [
    "--set",
    `data.synthetic.${name}=${value}`,
  ]);
  const out = join(temporaryFolder(), "compare");
  const args = ["synthetic", ...flags, ...training, "--methods", methods, "--out", out, "--json"];
  const done = await balgrad(["compare", ...args]);
  expect(done.code, done.stderr).toBe(0);
  const { rows } = JSON.parse(done.stdout) as {
    rows: { label: string; protocol: { columns: Columns } }[];
  };
  const columns = new Map(rows.map(({ label, protocol }) => [label, protocol.columns]));
  const bayes = bayesAccuracy(syntheticOptions.parse(chosen));
  const score = (method: string, name: keyof Columns): number => columns.get(method)![name].mean;
  return { score, bayes };
}

describe("training on synthetic data", () => {
  test("comes near the best possible accuracy, and shows the dominance that was put in", async () => {
    const { score, bayes } = await scoresOf("joint", { ...SMALL, image: 0.4, text: 0.9 }, QUICK);
    expect(score("joint", "full")).toBeLessThan(100 * bayes.both + 4);
    expect(score("joint", "full")).toBeGreaterThan(100 * bayes.both - 10);
    expect(score("joint", "image-missing")).toBeGreaterThan(score("joint", "text-missing") + 20);
  });

  test("with an empty image: the default stays within a point of joint training on full input", async () => {
    const methods = ["joint", "robust"];
    // 800 test samples: a point is 8 of them.
    const chosen = { ...SMALL, samples: 4000, image: 0, text: 0.8 };
    const training = [...QUICK, "--epochs", "5"];
    const { score, bayes } = await scoresOf(methods.join(","), chosen, training);
    for (const method of methods) {
      expect(score(method, "full"), method).toBeGreaterThan(100 * bayes.both - 10);
    }
    expect(score("robust", "full")).toBeGreaterThan(score("joint", "full") - 1);
  }, 240_000);

  test("with an image that is slow to learn: balgrad-plus lifts what joint training leaves aside", async () => {
    const { score, bayes } = await scoresOf("joint,balgrad-plus", { shared: 1, parts: 3 }, [
      "--seeds",
      "1",
    ]);
    expect(score("joint", "text-missing")).toBeLessThan(100 * bayes.none + 10);
    // Seeds differ by nine points, 50 and 63 of the possible 67; joint training has 17.
    const lifted = score("balgrad-plus", "text-missing") - score("joint", "text-missing");
    expect(lifted).toBeGreaterThan(25);
    expect(score("balgrad-plus", "full")).toBeGreaterThan(score("joint", "full") - 1);
  }, 240_000);
});
