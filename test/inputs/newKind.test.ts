/** @module A new kind of encoder is one file and one line of `inputs/kinds.ts`: with both, it trains and answers. */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { publicNames } from "../../src/inputs/publicInputs.js";
import {
  Classifier,
  nodeRuntime,
  type SampleInput,
  samples,
  train,
  type TrainedRun,
} from "../../src/index.js";
import { checkConfig } from "../../src/run/config.js";
import { exportReadme } from "../../src/run/readme.js";

// The list with one more line, as the change for a new kind would leave it.
vi.mock("../../src/inputs/kinds.js", async (original) => {
  const kinds = await original<typeof import("../../src/inputs/kinds.js")>();
  const { lettersText } = await import("./letters.js");
  return { ...kinds, TEXT_KINDS: [...kinds.TEXT_KINDS, lettersText] };
});

const SIDE = 8;
const LABELS = ["early", "late"] as const;
// Words that no other sample has: only their letters tell the label.
const LETTERS = { early: "abcd", late: "wxyz" };

const sample = (at: number): SampleInput => {
  const label = LABELS[at % 2]!;
  const letter = (place: number): string => LETTERS[label][(at >> place) % 4]!;
  const pixels = new Uint8Array(3 * SIDE * SIDE).fill((37 * at) % 256);
  return {
    image: { pixels, width: SIDE, height: SIDE },
    text: Array.from({ length: 6 }, (_, place) => letter(place)).join(""),
    label,
  };
};

const text = { type: "letters", width: 4 } as const;
const image = { type: "convolutional", side: SIDE, channels: [4] };
const model = { image, text, embed: 8 };

describe("a kind of encoder that is in the list", () => {
  let run: TrainedRun;

  beforeAll(async () => {
    const list = Array.from({ length: 96 }, (_, at) => sample(at));
    run = await train(samples(list, { lookAlikes: "ignore" }), {
      ...{ method: "joint", epochs: 4, batchSize: 8, learningRate: 0.03, threads: 1 },
      model: model as never,
    });
  });

  afterAll(() => run.release());

  test("has its settings checked, with its defaults", () => {
    const given = { model: { text: { type: "letters" } } };
    expect(checkConfig(given, "test").model.text).toEqual({ type: "letters", width: 8 });
    const wrong = { model: { text: { type: "letters", width: 0 } } };
    expect(() => checkConfig(wrong, "test")).toThrow(/model\.text\.width/);
    const idle = { ...given, data: { modalities: "image" } };
    expect(() => checkConfig(idle, "test")).toThrow(/the text encoder has no effect/);
  });

  test("trains: letters of words that were never seen tell the label", async () => {
    expect((await run.evaluate("test")).scores["image-missing"]).toBe(100);
    const answer = await run.model.answer({ text: "zzyx" });
    expect(answer.predictions[0]!.label).toBe("late");
    expect((await run.model.answer({ text: "123" })).warnings).toContain("The text has no letter.");
  });

  test("is on the card, and a saved model answers alike", async () => {
    const { card } = run.model;
    expect(card.text).toEqual({ type: "letters", most: run.config.data.maxTokens });
    const folder = mkdtempSync(join(tmpdir(), "balgrad-letters-"));
    await run.model.save(folder);
    const loaded = await Classifier.load(folder, nodeRuntime({ threads: 1 }));
    const question = { text: "abba" };
    expect(await loaded.classify(question)).toEqual(await run.model.classify(question));
    await loaded.release();
  });

  test("has its tensors and its words in exported models", () => {
    const { card } = run.model;
    expect(publicNames(card)).toEqual(["pixel_values", "letters"]);
    expect(exportReadme(card)).toContain("- `letters` of the text");
  });
});
