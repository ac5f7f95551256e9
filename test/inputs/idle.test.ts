/** @module Settings of inputs that would have no effect are refused, with the way around. */

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { checkConfig } from "../../src/run/config.js";
import { loadRunData } from "../../src/run/data.js";

const SIZE = 3;

/** Samples with an image vector and a text each. */
function vectorsAndTexts(): string {
  const folder = mkdtempSync(join(tmpdir(), "balgrad-idle-"));
  const rows = Array.from({ length: 60 }, (_, at) => ({
    ...{ text: `word${at % 2} and ${at}`, label: at % 2 ? "odd" : "even" },
    vector: Array.from({ length: SIZE }, (_, axis) => (at * (axis + 1)) % 7),
  }));
  const path = join(folder, "samples.jsonl");
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join("\n"));
  return path;
}

const load = (given: Readonly<Record<string, unknown>>) =>
  loadRunData(checkConfig({ evaluation: {}, ...given }, "test"), { cache: false, given });

describe("dropout on features", () => {
  const synthetic = { data: { source: "synthetic" } };

  test("is refused where both encoders train, and no method's own", async () => {
    await expect(load({ ...synthetic, model: { inputDropout: 0.2 } })).rejects.toMatchObject({
      message: expect.stringMatching(/model\.inputDropout=0\.2 has no effect/) as string,
      hint: expect.stringMatching(/model\.dropout is dropout on the embeddings/) as string,
    });
    const { prepared } = await load({ ...synthetic, method: { name: "robust" } });
    expect(prepared.train.size).toBeGreaterThan(0);
  });

  test("is refused where it is given, though the method would set the same", async () => {
    const { inputDropout } = checkConfig({ method: { name: "robust" } }, "test").model;
    expect(inputDropout).toBeGreaterThan(0);
    const asked = { ...synthetic, method: { name: "robust" }, model: { inputDropout } };
    await expect(load(asked)).rejects.toThrow(/model\.inputDropout=.* has no effect/);
    const scaled = { ...synthetic, model: { standardise: true } };
    await expect(load(scaled)).rejects.toThrow(/model\.standardise=true has no effect/);
  });

  test("is taken where one side has features", async () => {
    const data = { source: vectorsAndTexts(), features: { image: "vector" } };
    const { prepared } = await load({ data, model: { inputDropout: 0.2 } });
    expect(prepared.train.images.shape).toEqual([SIZE]);
    // The text encoder alone is used, and trains.
    const texts = { source: data.source, modalities: "text" };
    await expect(load({ data: texts, model: { inputDropout: 0.2 } })).rejects.toThrow(
      /the text encoder is trained/,
    );
  });
});

describe("settings of drawn splits", () => {
  const source = vectorsAndTexts();
  const rows = readFileSync(source, "utf8").split("\n");
  const placed = join(source, "..", "placed.jsonl");
  const splitAt = (at: number) => (at < 40 ? "train" : at < 50 ? "validation" : "test");
  writeFileSync(
    placed,
    rows
      .map((row, at) => JSON.stringify({ ...(JSON.parse(row) as object), split: splitAt(at) }))
      .join("\n"),
  );

  test.each([{ splitSeed: 1 }, { lookAlikes: "together" }])(
    "%j is refused where the data give the splits",
    async (setting) => {
      const data = { source: placed, modalities: "text", ...setting };
      await expect(load({ data })).rejects.toThrow(/has no effect: the data give their splits/);
      await load({ data: { ...data, splits: "draw" } });
      await load({ data: { ...data, source } });
    },
  );
});

describe("data that bring features", () => {
  const data = { source: vectorsAndTexts(), features: { image: "vector" } };

  test("refuse settings of an encoder for them, and another length", async () => {
    const encoder = { image: { type: "convolutional", side: 64 } };
    await expect(load({ data, model: encoder })).rejects.toThrow(/nothing for an encoder to do/);
    const size = { image: { type: "features", size: SIZE + 1 } };
    await expect(load({ data, model: size })).rejects.toThrow(/size is 4, .* have 3 numbers/);
  });

  test("are asked for where the settings say features and there are none", async () => {
    const model = { text: { type: "features", size: 5 } };
    await expect(load({ data, model })).rejects.toMatchObject({
      message: expect.stringContaining("model.text is set to features") as string,
      hint: expect.stringContaining("data.features.text") as string,
    });
  });
});
