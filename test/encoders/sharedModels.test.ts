/** @module Encoders with real weights and unusual processing, stated in their folders. */

import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { extractFeatures } from "../../src/encode/features/extract.js";
import { openEncoder } from "../../src/encode/pretrained/open.js";
import { Graph } from "../../src/graph/graph.js";
import { importOnnx } from "../../src/graph/onnx/import/import.js";
import { readOnnx } from "../../src/graph/onnx/read.js";
import { randomStream } from "../../src/random.js";
import type { HostTensor } from "../../src/graph/hostTensor.js";
import { evaluate, expectClose, floats, numbersOf, runtime } from "../balance/harness.js";
import { layOutMobileNet, layOutSentenceEncoder, sharedModel } from "./sharedModels.js";

const mobileNet = sharedModel("mobilenet_v2_imagenet");
const sentences = sharedModel("use-lite");
const folder = mkdtempSync(join(tmpdir(), "balgrad-shared-"));

const absent = [
  ...(mobileNet ? [] : ["mobilenet_v2_imagenet"]),
  ...(sentences ? [] : ["use-lite"]),
];
if (absent.length > 0) console.warn(`Not tried, for lack of the model: ${absent.join(", ")}.`);

describe("an encoder that states its processing", () => {
  test.runIf(sentences)("gives the reference embeddings of sentences", async () => {
    const path = layOutSentenceEncoder(sentences!, join(folder, "use"));
    const encoder = await openEncoder(path, "text");
    const texts = JSON.parse(readFileSync(join(sentences!, "sents.json"), "utf8")) as string[];
    const reference = JSON.parse(readFileSync(join(sentences!, "ref.json"), "utf8")) as number[][];
    const tokens = texts.map((text) => encoder.preparation.tokenize(text).tokens);
    const { size } = encoder;
    expect(size).toBe(512);
    const ones = new Uint8Array(texts.length).fill(1);
    const split = {
      size: texts.length,
      ids: texts,
      images: { shape: [1], row: () => new Float32Array(1) },
      texts: { kind: "tokens" as const, tokens },
      ...{ imagePresent: ones, textPresent: ones },
      targets: new Float32Array(texts.length),
    };
    const data = await extractFeatures(
      {
        ...{ name: "sentences", labelKind: "single-label", classes: ["a"], score: "accuracy" },
        ...{ train: split, validation: split, test: split },
      },
      { text: encoder },
      { noise: { image: 0, text: 0 }, seed: 1 },
    );
    const { texts: found } = data.train;
    if (found.kind !== "features") throw new Error("no features");
    reference.forEach((expected, row) => {
      expectClose(Array.from(found.row(row)), expected, 1e-4, texts[row]!);
    });
  });

  test.runIf(sentences)("is imported: a sentence encoder with padded texts", async () => {
    const bytes = readFileSync(join(sentences!, "model.onnx"));
    const graph = new Graph();
    const shape = [3, 7];
    const numbers = (values: readonly number[]): HostTensor => ({
      ...{ dtype: "int64", shape },
      data: BigInt64Array.from(values, BigInt),
    });
    const feeds = {
      input_ids: numbers(Array.from({ length: 21 }, (_, at) => (at * 379) % 8002)),
      attention_mask: numbers(Array.from({ length: 21 }, (_, at) => Number(at % 7 < 7 - at / 7))),
    };
    const outputs = importOnnx(graph, readOnnx(bytes), {
      inputs: {
        input_ids: graph.input("input_ids", "int64", ["batch", 7]),
        attention_mask: graph.input("attention_mask", "int64", ["batch", 7]),
      },
    });
    const found = await evaluate(graph, outputs, feeds);
    const session = await runtime.createSession({ bytes, inputs: Object.keys(feeds) });
    const original = await session.run(feeds);
    await session.release();
    expect(Object.keys(outputs)).toEqual(["sentence_embedding", "last_hidden_state"]);
    for (const name of Object.keys(outputs)) {
      expectClose(found[name]!, numbersOf(original[name]!), 1e-5, name);
    }
  });

  test.runIf(mobileNet)("is imported: MobileNetV2 with its clipped activations", async () => {
    const path = layOutMobileNet(mobileNet!, join(folder, "mobilenet"));
    const encoder = await openEncoder(path, "image");
    expect(encoder.normalisation.mean.map((mean) => mean.toFixed(4))).toEqual([
      "0.5000",
      "0.5000",
      "0.5000",
    ]);
    expect(encoder.preparation.shape).toEqual([3, 224, 224]);
    const bytes = readFileSync(encoder.model);
    const random = randomStream(3, "picture");
    const pixels = floats(
      [1, 3, 224, 224],
      Array.from({ length: 3 * 224 * 224 }, () => 2 * random.uniform() - 1),
    );
    const graph = new Graph();
    const { features } = importOnnx(graph, readOnnx(bytes), {
      inputs: { pixel_values: graph.input("pixel_values", "float32", ["batch", 3, 224, 224]) },
      outputs: ["features"],
    });
    const found = await evaluate(graph, { features: features! }, { pixel_values: pixels });
    const session = await runtime.createSession({ bytes, inputs: ["pixel_values"] });
    const original = await session.run({ pixel_values: pixels });
    await session.release();
    expectClose(found.features, numbersOf(original["features"]!), 1e-5, "features");
  });
});
