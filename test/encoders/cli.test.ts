/** @module Pretrained encoders from the command line: fine-tune, export, and load the export elsewhere. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { AutoTokenizer } from "@huggingface/transformers";
import * as ort from "onnxruntime-node";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";

import { balgrad, temporaryFolder } from "../support/cli.js";
import { runExample } from "../support/example.js";
import { EXPORTS } from "./golden.js";

const encoders = [
  ...["--image-encoder", join(EXPORTS, "vit")],
  ...["--text-encoder", join(EXPORTS, "bert")],
];
const run = join(temporaryFolder(), "run");
const exported = join(run, "export");

interface Prediction {
  readonly label: string;
  readonly probability: number;
}

const softmax = (logits: readonly number[]): number[] => {
  const highest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
};

beforeAll(async () => {
  const args = ["--method", "balgrad", "--finetune", "all", "--epochs", "1", "--out", run];
  const trained = await balgrad(["train", "emoji:groups", ...encoders, ...args]);
  expect(trained.code, trained.stderr).toBe(0);
  expect(trained.stdout).toContain("balgrad");
}, 120_000);

describe("a fine-tuned pair of encoders", () => {
  test("is exported, and the export's logits are the run's", async () => {
    const done = await balgrad(["export", run, "--json"]);
    expect(done.code, done.stderr).toBe(0);
    const { difference, checked } = JSON.parse(done.stdout) as Record<string, number>;
    expect(checked).toBe(32);
    expect(difference).toBeLessThan(1e-5);
    const again = await balgrad(["export", run]);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("there is a model already");
  });

  test("predicts the same from the export, with the export's own tokenizer", async () => {
    const text = "grinning cat with smiling eyes";
    const predicted = await balgrad(["predict", run, "--text", text, "--mode", "joint", "--json"]);
    expect(predicted.code, predicted.stderr).toBe(0);
    const { predictions } = JSON.parse(predicted.stdout) as { predictions: Prediction[] };

    const config = JSON.parse(readFileSync(join(exported, "config.json"), "utf8")) as {
      readonly id2label: Record<string, string>;
      readonly max_position_embeddings: number;
    };
    const { id2label, max_position_embeddings: tokens } = config;
    const tokenizer = await AutoTokenizer.from_pretrained(exported, { local_files_only: true });
    const ids = tokenizer.encode(text);
    const padded = (make: (at: number) => number): ort.Tensor =>
      new ort.Tensor(
        "int64",
        BigInt64Array.from({ length: tokens }, (_, at) => BigInt(make(at))),
        [1, tokens],
      );
    const session = await ort.InferenceSession.create(join(exported, "onnx", "model.onnx"));
    const { logits } = await session.run({
      pixel_values: new ort.Tensor("float32", new Float32Array(3 * 32 * 32), [1, 3, 32, 32]),
      input_ids: padded((at) => ids[at] ?? 0),
      attention_mask: padded((at) => (at < ids.length ? 1 : 0)),
    });
    await session.release();
    const probabilities = softmax(Array.from(logits!.data as Float32Array));
    for (const { label, probability } of predictions) {
      const at = Object.values(id2label).indexOf(label);
      expect(probabilities[at]!).toBeCloseTo(probability, 4);
    }
  });

  test("answers alike as a run, as an export, and by the export's README", async () => {
    const picture = join(temporaryFolder(), "picture.png");
    const background = { r: 240, g: 200, b: 40 };
    await sharp({ create: { width: 32, height: 32, channels: 3, background } }).toFile(picture);
    const text = "grinning cat with smiling eyes";
    const answers = async (place: string, mode: string) => {
      const question = ["--image", picture, "--text", text, "--mode", mode, "--json"];
      const done = await balgrad(["predict", place, ...question]);
      expect(done.code, done.stderr).toBe(0);
      const { predictions } = JSON.parse(done.stdout) as { predictions: Prediction[] };
      return predictions;
    };
    const [own, other] = [await answers(run, "aware"), await answers(exported, "aware")];
    expect(other.map(({ label }) => label)).toEqual(own.map(({ label }) => label));
    other.forEach(({ probability }, at) => {
      expect(probability).toBeCloseTo(own[at]!.probability, 5);
    });
    const example = JSON.parse(runExample(exported, [picture, text])) as Record<string, number>;
    for (const { label, probability } of other) {
      expect(example[label]).toBeCloseTo(probability, 4);
    }
  }, 60_000);

  test("is refused where it cannot be", async () => {
    const wrong = async (...args: string[]) => {
      const out = join(temporaryFolder(), "none");
      return balgrad(["train", "emoji:groups", ...args, "--epochs", "1", "--out", out]);
    };
    const missing = await wrong("--image-encoder", "/no/such/folder");
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("/no/such/folder")]);
    const swapped = await wrong("--image-encoder", join(EXPORTS, "bert"));
    expect(swapped.code).toBe(2);
    const mode = await wrong(...encoders, "--finetune", "some");
    expect(mode.stderr).toContain("--finetune some: expected none, last:N with a number of blocks");
    const quantized = await wrong(
      ...[...encoders, "--finetune", "all"],
      ...["--set", "model.text.weights=q8"],
    );
    expect(quantized.stderr).toContain("balgrad encoder convert");
  }, 120_000);
});
