/** @module Pretrained encoders as trained parts of a model. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";

import { configureMethod, findMethod } from "../../src/balance/methods.js";
import { readOnnx } from "../../src/graph/onnx/read.js";
import { type FinetuneSettings } from "../../src/model/config.js";
import { plainModel } from "../support/plainModel.js";
import { planFinetuning } from "../../src/model/finetune.js";
import {
  encoderWeights,
  importedNetwork,
  type ImportedImage,
  type ImportedText,
  type UnplannedEncoder,
} from "../../src/model/imported.js";
import { randomStream } from "../../src/random.js";
import type { HostTensor } from "../../src/graph/hostTensor.js";
import type { StepSpec } from "../../src/train/step.js";
import {
  callOf,
  runSteps,
  directionOf,
  dot,
  floats,
  integers,
  numbersOf,
  revealing,
  withRunner,
} from "../balance/harness.js";
import { copyState } from "../../src/train/runner.js";
import { EXPORTS } from "./golden.js";

const BATCH = 6;
const CLASSES = 3;
const TOKENS = 8;

const fileOf = (path: string) => readOnnx(readFileSync(join(EXPORTS, path)));

const planned = <E extends UnplannedEncoder>(encoder: E, settings: FinetuneSettings) => ({
  ...encoder,
  plan: planFinetuning(encoderWeights(encoder), settings, encoder.name),
});

const IMAGES: Readonly<Record<string, Pick<ImportedImage, "pooling" | "size">>> = {
  vit: { pooling: { output: "last_hidden_state", kind: "cls" }, size: 16 },
  "torchvision-vit": { pooling: { output: "pooler_output", kind: "none" }, size: 16 },
  "blip-vision": { pooling: { output: "pooler_output", kind: "none" }, size: 16 },
  resnet: { pooling: { output: "pooler_output", kind: "none" }, size: 16 },
  "resnet-unfused": { pooling: { output: "pooler_output", kind: "none" }, size: 16 },
  "mobilenet-v2": { pooling: { output: "pooler_output", kind: "none" }, size: 24 },
  "mobilenet-v2-unfused": { pooling: { output: "pooler_output", kind: "none" }, size: 24 },
  "mobilenet-v3": { pooling: { output: "pooler_output", kind: "none" }, size: 96 },
  efficientnet: { pooling: { output: "pooler_output", kind: "none" }, size: 32 },
  squeezenet: { pooling: { output: "pooler_output", kind: "none" }, size: 32 },
  clip: { pooling: { output: "image_embeds", kind: "none" }, size: 12 },
};

const TEXTS: Readonly<Record<string, Pick<ImportedText, "pooling" | "size">>> = {
  bert: { pooling: { output: "pooler_output", kind: "none" }, size: 16 },
  distilbert: { pooling: { output: "last_hidden_state", kind: "mean" }, size: 16 },
  roberta: { pooling: { output: "last_hidden_state", kind: "cls" }, size: 16 },
  clip: { pooling: { output: "text_embeds", kind: "none" }, size: 12 },
};

function imageOf(name: string, settings: FinetuneSettings): ImportedImage {
  const file = fileOf(`${name}/onnx/${name === "clip" ? "vision_model" : "model"}.onnx`);
  const input = file.inputs[0]!.name;
  return planned({ name, file, input, shape: [3, 32, 32], ...IMAGES[name]! }, settings);
}

function textOf(name: string, settings: FinetuneSettings): ImportedText {
  const file = fileOf(`${name}/onnx/${name === "clip" ? "text_model" : "model"}.onnx`);
  const has = (input: string): string | null =>
    file.inputs.some((one) => one.name === input) ? input : null;
  const inputs = {
    ids: "input_ids",
    mask: has("attention_mask"),
    types: has("token_type_ids"),
    positions: has("position_ids"),
  };
  const [padding, empty] = [name === "roberta" ? 1 : 0, Int32Array.of(2, 3)];
  const tokens = TOKENS;
  return planned({ name, file, inputs, padding, empty, tokens, ...TEXTS[name]! }, settings);
}

function specOf(image: string, text: string, settings: object, method = "balgrad"): StepSpec {
  const { model: own } = findMethod(method);
  const model = plainModel({ embed: 8, dropout: 0, finetune: settings, ...own });
  const { finetune: decided } = model;
  return {
    model: {
      ...model,
      image: importedNetwork(imageOf(image, decided)),
      text: importedNetwork(textOf(text, decided)),
    },
    labels: { labelKind: "single-label", classes: CLASSES },
    method: configureMethod(method, method === "joint" ? { probes: false } : {}),
    optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
    ...{ clipNorm: 0, seed: 3, priorLoss: Math.log(CLASSES), nominal: { batch: BATCH } },
  };
}

let inputs: Record<string, HostTensor>;

beforeAll(() => {
  const random = randomStream(5, "finetune");
  const values = (count: number, make: () => number) => Array.from({ length: count }, make);
  const targets = values(BATCH * CLASSES, () => 0);
  for (let row = 0; row < BATCH; row++) targets[row * CLASSES + (row % CLASSES)] = 1;
  const ids = values(BATCH * TOKENS, () => 0);
  for (let row = 0; row < BATCH; row++) {
    const length = 3 + (row % 4);
    for (let at = 0; at < length; at++) ids[row * TOKENS + at] = 5 + random.integer(40);
  }
  inputs = {
    image: floats(
      [BATCH, 3, 32, 32],
      values(BATCH * 3072, () => random.normal()),
    ),
    text: integers([BATCH, TOKENS], ids),
    image_present: floats(
      [BATCH],
      values(BATCH, () => 1),
    ),
    text_present: floats(
      [BATCH],
      values(BATCH, () => 1),
    ),
    targets: floats([BATCH, CLASSES], targets),
  };
});

/** Names of the parameters that a step changes. */
async function changed(spec: StepSpec): Promise<string[]> {
  return withRunner(spec, async (runner, { parameters }) => {
    const before = copyState(runner.state);
    await runner.run(callOf(inputs, { learningRate: 0.01, controls: { noisy: 1 } }));
    return parameters
      .map(({ name }) => name)
      .filter((name) => {
        const old = numbersOf(before.get(name)!);
        return numbersOf(runner.state.get(name)!).some((value, at) => value !== old[at]);
      });
  });
}

describe("fine-tuning", () => {
  test.each([
    ...Object.keys(IMAGES).map((image) => [image, "bert"] as const),
    ...Object.keys(TEXTS).map((text) => ["vit", text] as const),
  ])("of %s with %s lowers the loss", async (image, text) => {
    const spec = specOf(image, text, { mode: "all", rate: 0.1 });
    await withRunner(spec, async (runner) => {
      const metrics = await runSteps(runner, inputs, new Array<number>(12).fill(0.01));
      const losses = metrics.map((step) => step["loss.task"]!);
      expect(losses.every(Number.isFinite)).toBe(true);
      expect(losses.at(-1)!).toBeLessThan(losses[0]! - 0.05);
    });
  });

  test("of everything leaves nothing as it was but what does not matter", async () => {
    const names = await changed(specOf("vit", "bert", { mode: "all" }));
    for (const name of [
      "image.encoder.vit.embeddings.cls_token",
      "image.encoder.vit.embeddings.patch_embeddings.projection.weight",
      "image.encoder.vit.encoder.layer.0.attention.attention.query.weight",
      "text.encoder.embeddings.word_embeddings.weight",
      "text.encoder.encoder.layer.1.output.LayerNorm.weight",
    ]) {
      expect(names).toContain(name);
    }
  });

  test("of the last block leaves the others' weights constants", async () => {
    const spec = specOf("vit", "bert", { mode: "last:1" });
    const names = await changed(spec);
    const encoders = names.filter((name) => name.includes(".encoder."));
    expect(encoders.length).toBeGreaterThan(10);
    expect(encoders.filter((name) => /layer\.0|embeddings/.test(name))).toEqual([]);
    expect(encoders).toContain("text.encoder.pooler.dense.weight");
  });

  test.each(["mnl", "tcmax", "dgl", "simmlm", "dpl", "udml"])("is done by %s", async (method) => {
    const names = await changed(specOf("vit", "bert", { mode: "last:1" }, method));
    const layer = (side: string) => names.some((name) => name.startsWith(`${side}.encoder.`));
    expect([layer("image"), layer("text")]).toEqual([true, true]);
  });

  test("by low-rank updates starts at the pretrained function and trains only them", async () => {
    const settings = { mode: "lora", rank: 2, targets: "attention" };
    const lora = specOf("vit", "distilbert", settings);
    const frozen = specOf("vit", "distilbert", { mode: "none" });
    const first = (spec: StepSpec) =>
      withRunner(
        spec,
        async (runner) => (await runner.run(callOf(inputs, { learningRate: 0 })))["loss.task"]!,
      );
    expect(await first(lora)).toBeCloseTo(await first(frozen), 5);
    const names = await withRunner(lora, (_, { parameters }) =>
      Promise.resolve(
        parameters.map(({ name }) => name).filter((name) => name.includes(".encoder.")),
      ),
    );
    expect(names).toHaveLength(2 * 2 * 2 * 2);
    expect(names.every((name) => /(query|value|q_lin|v_lin)\.weight\.lora\.[ab]$/.test(name))).toBe(
      true,
    );
  });

  test("by updates of rank 1 lets their factors decay like any matrix", async () => {
    const spec = specOf("vit", "bert", { mode: "lora", rank: 1, rate: 0.5 });
    const decaying = { ...spec, optimizer: { ...spec.optimizer, weightDecay: 0.2 } };
    await withRunner(decaying, async (runner, { parameters }) => {
      const factors = parameters.filter(({ name }) => name.endsWith(".lora.a"));
      expect(factors.length).toBeGreaterThan(2);
      const before = copyState(runner.state);
      await runner.run(callOf(inputs, { learningRate: 0.01 }));
      // The other factor is zero at first, so that the step is the decay alone.
      const shrunk = 1 - 0.01 * 0.5 * 0.2;
      for (const { name } of factors) {
        const old = numbersOf(before.get(name)!);
        numbersOf(runner.state.get(name)!).forEach((value, at) => {
          expect(value).toBeCloseTo(old[at]! * shrunk, 6);
        });
      }
    });
  });

  test("slows blocks down by their depth", async () => {
    const spec = specOf("vit", "bert", { mode: "all", rate: 0.1, layerDecay: 0.5 });
    const rates = await withRunner(spec, (_, { parameters }) =>
      Promise.resolve(new Map(parameters.map(({ name, rate }) => [name, rate]))),
    );
    const of = (name: string) => rates.get(`text.encoder.${name}`);
    expect(of("encoder.layer.1.output.dense.weight")).toBeCloseTo(0.1);
    expect(of("encoder.layer.0.output.dense.weight")).toBeCloseTo(0.05);
    expect(of("embeddings.word_embeddings.weight")).toBeCloseTo(0.025);
    expect(of("pooler.dense.weight")).toBeCloseTo(0.1);
    expect(rates.get("text.embedding.weight")).toBe(1);
  });

  test("never trains running statistics, and batch norms only on request", async () => {
    const names = async (settings: object) =>
      (await changed(specOf("resnet-unfused", "bert", { mode: "all", ...settings }))).filter(
        (name) => /bn\d/.test(name),
      );
    expect(await names({})).toEqual([]);
    const trained = await names({ batchNorm: "trained" });
    expect(trained.length).toBeGreaterThan(3);
    expect(trained.filter((name) => /running/.test(name))).toEqual([]);
  });

  test("says what an encoder has where it has not what is asked for", () => {
    expect(() => specOf("vit", "bert", { mode: "last:9" })).toThrow(
      "vit: model.finetune.mode=last:9: the encoder has 2 blocks.",
    );
    expect(() => specOf("vit", "bert", { mode: "lora", targets: "nothing" })).toThrow(
      'vit: no linear layer matches the LoRA targets "nothing".',
    );
    expect(() => specOf("resnet", "bert", { mode: "lora" })).toThrow(/LoRA/);
  });

  test("a missing text is the empty string to the encoder", async () => {
    const empty = numbersOf(inputs["text"]!);
    for (let at = 0; at < TOKENS; at++) empty[at] = at === 0 ? 3 : at === 1 ? 4 : 0;
    const none = [...empty];
    none.fill(0, 0, TOKENS);
    const spec = specOf("vit", "bert", { mode: "all" }, "joint");
    const loss = (ids: readonly number[]) =>
      withRunner(spec, async (runner) => {
        const given = { ...inputs, text: integers([BATCH, TOKENS], ids) };
        return (await runner.run(callOf(given, { learningRate: 0 })))["loss.task"]!;
      });
    expect(await loss(none)).toBeCloseTo(await loss(empty), 6);
  });
});

describe("surgery at the representation", () => {
  test("points where exact surgery points", async () => {
    const direction = (surgery: string) =>
      withRunner(revealing(specOf("vit", "distilbert", { mode: "all", surgery })), async (runner) =>
        directionOf(runner, inputs),
      );
    const [exact, cheap] = [await direction("exact"), await direction("representation")];
    expect([...cheap.gradients.keys()].sort()).toEqual([...exact.gradients.keys()].sort());
    const flat = ({ gradients }: typeof exact) =>
      [...exact.gradients.keys()].flatMap((name) => [...gradients.get(name)!]);
    const [a, b] = [flat(exact), flat(cheap)];
    expect(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))).toBeGreaterThan(0.99);
  });

  test("is exact where nothing has to be compared", async () => {
    const direction = (surgery: string) =>
      withRunner(
        revealing(specOf("vit", "bert", { mode: "all", surgery }, "joint")),
        async (runner) => directionOf(runner, inputs),
      );
    const [exact, cheap] = [await direction("exact"), await direction("representation")];
    for (const [name, gradient] of exact.gradients) {
      const found = cheap.gradients.get(name)!;
      const largest = Math.max(...gradient.map(Math.abs), 1e-6);
      gradient.forEach((value, at) => {
        expect(Math.abs(found[at]! - value) / largest).toBeLessThan(1e-3);
      });
    }
  });
});
