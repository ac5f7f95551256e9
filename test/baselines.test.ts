/** @module The simple rivals: logistic regressions and late fusion as methods, as rows, and as models. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";

import { parseEntry } from "../src/cli/entries.js";
import { standardisationOf } from "../src/encode/features/statistics.js";
import { Classifier } from "../src/predict/predict.js";
import { defaultEntries, fusionEntries, methodEntry } from "../src/compare/plan.js";
import { trialEntries } from "../src/compare/tune.js";
import { checkConfig } from "../src/run/config.js";
import { loadRunData } from "../src/run/data.js";
import { trainRun } from "../src/run/experiment.js";
import { RunFolder } from "../src/run/folder.js";
import { RunMemory } from "../src/run/memory.js";
import { Run } from "../src/run/run.js";
import { refuseTraining } from "../src/run/methods.js";
import { nodeRuntime } from "../src/runtime/node.js";
import { balgrad, temporaryFolder } from "./support/cli.js";
import { SIZE, writeFeatures } from "./support/features.js";
import { writeSquares } from "./support/table.js";

const QUICK = ["--epochs", "2", "--embed", "8", "--batch-size", "32"];

interface Row {
  readonly label: string;
  readonly columns: Readonly<Record<string, { readonly mean: number }>>;
}

let features: string[] = [];
let run = "";
let rows: readonly Row[] = [];

beforeAll(async () => {
  features = writeFeatures(temporaryFolder());
  run = join(temporaryFolder(), "linear");
  const done = await balgrad(["train", ...features, "--method", "linear", "--out", run, "--json"]);
  expect(done.code, done.stderr).toBe(0);
  ({ rows } = JSON.parse(done.stdout) as { rows: Row[] });
});

const softmax = (logits: readonly number[]): number[] => {
  const powers = logits.map((logit) => Math.exp(logit));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
};

describe("linear", () => {
  test("knows what the features tell, on both and on either", () => {
    const [protocol, aware] = rows;
    expect([protocol!.label, aware!.label]).toEqual(["linear", "linear, modality-aware"]);
    for (const { columns } of rows) {
      // Three classes two deviations apart: about 85 % from one modality, 95 % from both.
      expect(columns["full"]!.mean).toBeGreaterThan(85);
      expect(columns["missing-average"]!.mean).toBeGreaterThan(70);
      expect(columns["full"]!.mean).toBeGreaterThan(columns["missing-average"]!.mean);
    }
    // Temperatures change no decision: the answer is the regression, not a mixture.
    expect(aware!.columns).toEqual(protocol!.columns);
  });

  test("predicts what its weights say, of both modalities and of one", async () => {
    const folder = await Run.open(new RunFolder(run));
    const { prepared } = await loadRunData(folder.config);
    const { state } = await folder.load("best");
    const { images, texts, imagePresent, textPresent } = prepared.train;
    if (texts.kind !== "features") throw new Error("features expected");
    const scales = {
      image: standardisationOf(SIZE, images.row, imagePresent),
      text: standardisationOf(SIZE, texts.row, textPresent),
    };
    const question = {
      image: Float32Array.from({ length: SIZE }, (_, at) => at / 2),
      text: Float32Array.from({ length: SIZE }, (_, at) => 1 - at / 3),
    };
    const scaled = (side: "image" | "text"): number[] =>
      [...question[side]].map((x, i) => (x - scales[side].mean[i]!) * scales[side].scale[i]!);
    const classifier = await Classifier.load(run, nodeRuntime({ threads: 1 }));
    const { temperatures } = classifier.card.aware;
    const expected = (name: string, x: readonly number[], head: "joint" | "image" | "text") => {
      const weight = state.get(`companion.${name}.weight`)!.data;
      const bias = state.get(`companion.${name}.bias`)!.data;
      const logits = [0, 1, 2].map((label) =>
        x.reduce(
          (sum, value, i) => sum + value * Number(weight[3 * i + label]),
          Number(bias[label]),
        ),
      );
      return softmax(logits.map((logit) => logit / temperatures[head]!));
    };
    const [imageFeatures, textFeatures] = [question.image, question.text];
    const cases = [
      [{ imageFeatures, textFeatures }, "linear", [...scaled("image"), ...scaled("text")], "joint"],
      [{ imageFeatures }, "linearImage", scaled("image"), "image"],
      [{ textFeatures }, "linearText", scaled("text"), "text"],
    ] as const;
    for (const [asked, name, x, head] of cases) {
      const found = await classifier.classify(asked);
      const order = ["a", "b", "c"].map(
        (label) => found.find((one) => one.label === label)!.probability,
      );
      expected(name, x, head).forEach((p, at) => {
        expect(order[at], name).toBeCloseTo(p, 4);
      });
    }
    await classifier.release();
  });

  test("sees edges, colours and words of raw pictures and texts, and leaves a model behind", async () => {
    const folder = temporaryFolder();
    const [out, exported] = [join(folder, "run"), join(folder, "model")];
    const settings = ["--set", 'model.text={"type":"bag","buckets":64,"width":8}'];
    const table = await writeSquares(folder);
    const ok = async (...args: string[]): Promise<string> => {
      const done = await balgrad(args);
      expect(done.code, done.stderr).toBe(0);
      return done.stdout;
    };
    await ok("train", table, "--method", "linear", ...settings, "--out", out);
    await ok("export", out, "--out", exported);
    const picture = ["--image", join(folder, "pictures/red-3.png")];
    for (const question of [picture, ["--text", "a red thing"]]) {
      for (const place of [out, exported]) {
        const answer = JSON.parse(await ok("predict", place, ...question, "--json")) as {
          predictions: { label: string }[];
        };
        expect(answer.predictions[0]!.label).toBe("red");
      }
    }
  });

  test("stops where one modality is used, and leaves no folder behind", async () => {
    const out = join(temporaryFolder(), "x");
    const flags = ["--text-only", "--method", "linear", "--out", out];
    const done = await balgrad(["train", "synthetic", ...flags]);
    expect(done.code).toBe(2);
    expect(done.stderr).toContain(
      "linear needs images and texts: no training sample has a picture",
    );
    expect(existsSync(out)).toBe(false);
  });

  test("refuses settings that it would set aside", () => {
    expect(() => {
      refuseTraining({ train: { epochs: 3 } }, "command line");
    }).toThrow("command line: train.epochs = 3: it has no effect with linear");
    expect(() => parseEntry("linear:model.fusion=add")).toThrow(
      '--methods linear:model.fusion=add: model.fusion = "add": it has no effect with linear',
    );
    expect(parseEntry("linear:model.standardise=false").model).toEqual({ standardise: false });
  });

  test("has one trial in a search, and one row across fusions", () => {
    const linear = { ...methodEntry("linear"), folder: "linear" };
    expect(trialEntries(linear, 4, 0.003)).toEqual([linear]);
    const labels = fusionEntries([methodEntry("joint"), linear]).map(({ label }) => label);
    expect(labels).toEqual(["joint, concat", "joint, add", "joint, attention", "linear"]);
  });
});

describe("a comparison that names no methods", () => {
  test("has the simple rivals that its data allow", () => {
    const names = (possible: Parameters<typeof defaultEntries>[0]): string[] =>
      defaultEntries(possible).map(({ method }) => method);
    const networks = ["joint", "balgrad", "robust"];
    const possible = { linear: true, modalities: "both", fusion: "concat" } as const;
    expect(names(possible)).toEqual(["joint", "linear", "late-fusion", ...networks.slice(1)]);
    expect(names({ ...possible, linear: false })).not.toContain("linear");
    expect(names({ ...possible, fusion: "attention" })).not.toContain("late-fusion");
    expect(names({ linear: false, modalities: "text", fusion: "concat" })).toEqual(networks);
  });

  test("shows them in every table, several labels by thresholds", async () => {
    const several = writeFeatures(temporaryFolder(), { several: true });
    const out = join(temporaryFolder(), "compare");
    const done = await balgrad(["compare", ...several, ...QUICK, "--seeds", "1", "--out", out]);
    expect(done.code, done.stderr).toBe(0);
    const labels = ["joint", "linear", "late-fusion", "balgrad", "robust"];
    const lines = readFileSync(join(out, "results.csv"), "utf8").trim().split("\n");
    const found = lines.slice(1).map((line) => line.split(",").slice(0, 2).join(" "));
    expect(found).toEqual(
      labels.flatMap((label) => [`${label} protocol`, `${label} aware`, `${label} published`]),
    );
    const markdown = readFileSync(join(out, "results.md"), "utf8");
    const published = markdown.slice(markdown.indexOf("As published"));
    for (const label of labels) expect(published).toContain(`| ${label} |`);
    expect(readFileSync(join(out, "results.tex"), "utf8")).toContain(
      "late-fusion, modality-aware &",
    );
    expect(readFileSync(join(out, "report.html"), "utf8")).not.toMatch(/NaN|undefined/);
    // The mean of both calibrated heads, whatever the sample: no gate was fitted.
    const card = readFileSync(join(out, "late-fusion", "seed-1", "model", "model.json"), "utf8");
    const { aware } = JSON.parse(card) as {
      aware: { gate: { bias: number[] }; thresholds: { aware: { both: number[] } } };
    };
    expect(aware.gate.bias).toEqual([-1000, Math.log(0.5), Math.log(0.5)]);
    expect(aware.thresholds.aware.both).toHaveLength(4);
  });
});

test("class weights are those of the regressions too", async () => {
  const config = (weights: string) =>
    checkConfig(
      {
        method: { name: "linear" },
        data: {
          source: features[0],
          features: { image: features[2], text: features[4] },
        },
        train: { classWeights: weights === "none" ? "none" : { a: 50 } },
      },
      "test",
    );
  const biases = await Promise.all(
    ["none", "a"].map(async (weights) => {
      const run = await Run.create(new RunMemory(), config(weights));
      const { prepared } = await loadRunData(run.config);
      await trainRun(run, prepared, nodeRuntime({ threads: 1 }));
      const { data } = (await run.load("best")).state.get("companion.linearText.bias")!;
      return Number(data[0]) - Number(data[1]);
    }),
  );
  // A sample of class a counts as fifty: its log odds rise.
  expect(biases[1]! - biases[0]!).toBeGreaterThan(1);
});
