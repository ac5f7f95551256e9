/** @module Exports with fixed shapes, texts without mask, padding, weights, and broken tokenizers. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { assertPaddable } from "../../src/encode/features/padding.js";
import { openEncoder } from "../../src/encode/pretrained/open.js";
import { UserError } from "../../src/errors.js";
import { randomStream } from "../../src/random.js";
import { textInput } from "../../src/inputs/text/pretrained.js";
import { plainModel } from "../support/plainModel.js";
import { useOwnCache } from "../support/ownCache.js";
import {
  folderOf,
  idsOf,
  imageFeatures,
  imageFolder,
  largestDifference,
  textFeatures,
  textFolder,
  textModel,
  tokenizerFiles,
  vectorOf,
  WIDTH,
} from "./tiny.js";
import { shown } from "../support/words.js";

useOwnCache();

const TEXTS = ["red apple pie", "blue", "ocean wave red blue pie"];
const MEAN = { "1_Pooling/config.json": { pooling_mode: "mean" } };

const mean = (ids: readonly number[]): number[] =>
  Array.from({ length: WIDTH }, (_, axis) =>
    ids.reduce((sum, id) => sum + vectorOf(id)[axis]! / ids.length, 0),
  );

async function expectRows(
  folder: string,
  rule: (text: string) => number[],
  texts: readonly string[] = TEXTS,
): Promise<void> {
  const rows = await textFeatures(await openEncoder(folder, "text"), texts);
  texts.forEach((text, row) => {
    expect(largestDifference(rows[row]!, rule(text)), text).toBeLessThan(1e-5);
  });
}

const cut = (text: string, length: number, side: "left" | "right" = "right"): number[] => {
  const ids = idsOf(text).slice(1, -1);
  return [2, ...(side === "right" ? ids.slice(0, length - 2) : ids.slice(2 - length)), 3];
};

describe("files with fixed shapes are run as they are", () => {
  test.each([
    ["a batch of one", { batch: 1 }],
    ["a batch of four", { batch: 4 }],
    ["eight tokens", { length: 8 }],
    ["two texts of eight tokens, 32-bit ids", { batch: 2, length: 8, ids: "int32" }],
    ["eight tokens without a mask", { length: 8, mask: false }],
  ] as const)("%s", async (_, model) => {
    await expectRows(textFolder(model, MEAN), (text) => mean(idsOf(text)));
  });

  test("longer texts are cut to the fixed length", async () => {
    await expectRows(textFolder({ length: 5 }, MEAN), (text) => mean(cut(text, 5)));
  });

  test("padding is the tokenizer's, at the side that it states", async () => {
    const files = { ...tokenizerFiles({ padding_side: "left", pad_token: "[MASK]" }), ...MEAN };
    const folder = textFolder({ length: 8, kind: "mixed" }, files);
    await expectRows(folder, (text) => {
      const ids = idsOf(text);
      const padded = [...new Array<number>(8 - ids.length).fill(4), ...ids];
      return mean(ids).map((value, axis) => value + mean(padded)[axis]!);
    });
    const last = textFolder(
      { length: 8, kind: "last", output: "pooler_output" },
      tokenizerFiles({ padding_side: "left" }),
    );
    await expectRows(last, () => vectorOf(3));
  });

  test("a fixed length without mask needs a stated token of padding", async () => {
    const files = tokenizerFiles({ pad_token: null });
    const folder = textFolder({ length: 8, mask: false }, files);
    await expect(openEncoder(folder, "text")).rejects.toThrow(
      /nothing states the token of padding/,
    );
    const stated = textFolder(
      { length: 8, mask: false },
      { ...files, "config.json": { model_type: "bert", pad_token_id: 0 }, ...MEAN },
    );
    await expectRows(stated, (text) => mean(idsOf(text)));
  });

  test("pictures come one at a time where the file takes one", async () => {
    const pixels = Uint8Array.from({ length: 18 }, (_, at) => 13 * at);
    const one = await openEncoder(imageFolder({}, { batch: 1 }), "image");
    expect(one.batch).toBe(1);
    const any = await openEncoder(imageFolder(), "image");
    const expected = await imageFeatures(any, pixels, 3, 2);
    expect(await imageFeatures(one, pixels, 3, 2)).toEqual(expected);
  });
});

describe("padding never changes a text's vector", () => {
  test.each([
    ["a model without mask", { mask: false, kind: "mixed" }],
    ["a model that does not obey its mask", { kind: "mixed" }],
  ] as const)("%s", async (_, model) => {
    await expectRows(textFolder(model, MEAN), (text) =>
      mean(idsOf(text)).map((value) => 2 * value),
    );
  });

  test("a model that takes the last position itself", async () => {
    await expectRows(textFolder({ kind: "last", output: "text_embeds" }), () => vectorOf(3));
  });

  test("models that are trained on padded texts get them padded", async () => {
    const files = {
      ...tokenizerFiles({ model_max_length: 9 }),
      ...MEAN,
      "config.json": { model_type: "siglip_text_model" },
    };
    const ofSiglip = textFolder({ mask: false, kind: "mixed" }, files);
    const padded = (text: string): number[] =>
      [...idsOf(text), ...new Array<number>(9).fill(0)].slice(0, 9);
    const rule = (text: string): number[] =>
      mean(idsOf(text)).map((value, axis) => value + mean(padded(text))[axis]!);
    await expectRows(ofSiglip, rule);
    const fixed = { ...tokenizerFiles({}, { padding: { strategy: { Fixed: 9 } } }), ...MEAN };
    await expectRows(textFolder({ mask: false, kind: "mixed" }, fixed), rule);
    const byTokenizer = tokenizerFiles({ model_max_length: 9, tokenizer_class: "SiglipTokenizer" });
    await expectRows(textFolder({ mask: false, kind: "mixed" }, { ...byTokenizer, ...MEAN }), rule);
    const last = { mask: false, kind: "last", output: "pooler_output" } as const;
    await expectRows(textFolder(last, byTokenizer), () => vectorOf(0));
  });

  test("an encoder that cannot be padded is not built into a model, and the way around is said", async () => {
    const clean = await openEncoder(textFolder({ mask: false }, MEAN), "text");
    await assertPaddable(clean);
    const mixed = await openEncoder(textFolder({ mask: false, kind: "mixed" }, MEAN), "text");
    await expect(assertPaddable(mixed)).rejects.toMatchObject({
      message: expect.stringContaining("padding changes what the encoder makes") as string,
      hint: expect.stringContaining("encode (<data>, model.text.encoder=<folder>") as string,
    });
    const single = await openEncoder(textFolder({ batch: 1 }, MEAN), "text");
    const { finetune } = plainModel({});
    const input = textInput(single, { finetune, standardise: true, maxTokens: 16 });
    await expect(input.check!()).rejects.toThrow(/exactly 1 at a time/);
  });
});

describe("limits of texts", () => {
  test.each(["left", "right"] as const)("are cut at the %s", async (side) => {
    const files = { ...tokenizerFiles({ model_max_length: 4, truncation_side: side }), ...MEAN };
    await expectRows(textFolder({}, files), (text) => mean(cut(text, 4, side)));
  });
});

describe("weights", () => {
  const only = (name: string): string =>
    folderOf({
      ...{ "config.json": { model_type: "bert" }, ...tokenizerFiles(), ...MEAN },
      [`onnx/${name}.onnx`]: textModel(),
    });

  test.each([
    ["model_fp16", "fp16"],
    ["model_quantized", "q8"],
    ["model_int8", "int8"],
    ["model_uint8", "uint8"],
    ["model_q4", "q4"],
    ["model_q4f16", "q4f16"],
    ["model_bnb4", "bnb4"],
  ] as const)(
    "%s is taken where there is nothing else, and that is said",
    async (name, weights) => {
      const folder = only(name);
      const { notices, model } = await openEncoder(folder, "text");
      expect(model).toBe(join(folder, `onnx/${name}.onnx`));
      expect(notices!.map(shown)).toEqual([
        expect.stringContaining(`--set model.text.weights=${weights}`),
      ]);
      const chosen = await openEncoder(folder, "text", { weights });
      expect([chosen.model, chosen.notices]).toEqual([model, []]);
    },
  );

  test("that are not there are refused, with the setting that works", async () => {
    await expect(openEncoder(only("model_int8"), "text", { weights: "q8" })).rejects.toMatchObject({
      message: expect.stringContaining("model_quantized.onnx: no such model") as string,
      hint: "There is onnx/model_int8.onnx (model.text.weights=int8).",
    });
    await expect(openEncoder(only("model_int8"), "text", { weights: "fp32" })).rejects.toThrow(
      UserError,
    );
  });
});

describe("tokenizers that are broken", () => {
  const open = (config: object, tokenizer: object = {}) =>
    openEncoder(textFolder({}, tokenizerFiles(config, tokenizer)), "text");

  test.each([
    [{ pad_token: "[NONE]" }, {}, /tokenizer_config\.json: pad_token: "\[NONE\]" is not in/],
    [{ padding_side: "top" }, {}, /tokenizer_config\.json: padding_side/],
    [{ model_max_length: 2 }, {}, /at most 2 tokens leave no room/],
    [{}, { model: null }, /tokenizer\.json: model/],
    [{}, { model: { type: "WordPiece" } }, /tokenizer\.json: model\.vocab/],
    [{}, { model: { type: "WordPiece", vocab: { a: "b" } } }, /model\.vocab: the id of "a"/],
    [{}, { model: { type: "BPE", vocab: { a: 0 }, merges: [1] } }, /model\.merges/],
    [{}, { added_tokens: [{ id: 0, content: "" }] }, /added_tokens\.0\.content/],
    [{}, { pre_tokenizer: { type: "Nothing" } }, /tokenizer\.json: the tokenizer cannot be used/],
    [{}, { post_processor: { type: "Nothing" } }, /tokenizer\.json: the tokenizer cannot be used/],
  ])("%j %j", async (config, tokenizer, message) => {
    const opened = open(config, tokenizer);
    await expect(opened).rejects.toThrow(UserError);
    await expect(opened).rejects.toThrow(message);
  });

  test("every mutated tokenizer.json is read or refused with its name", async () => {
    const random = randomStream(1, "tokenizers", 0);
    const folder = textFolder({}, MEAN);
    const file = join(folder, "tokenizer.json");
    const whole = readFileSync(file, "utf8");
    const below = (limit: number): number => Math.floor(random.uniform() * limit);
    const pieces = ["", "null", "-1", "1e99", '""', "[]", "{}", ",", '"', "}", "true", "\u0000"];
    let refused = 0;
    for (let run = 0; run < 150; run++) {
      const at = below(whole.length);
      const piece = pieces[below(pieces.length)]!;
      // A value is replaced as a whole, or bytes anywhere.
      const values = [...whole.matchAll(/:("[^"]*"|[\w.-]+)/g)];
      const value = values[below(values.length)]!;
      const changed =
        run % 2 === 0
          ? whole.slice(0, value.index + 1) + piece + whole.slice(value.index + value[0].length)
          : whole.slice(0, at) + piece + whole.slice(at + below(20));
      writeFileSync(file, changed);
      try {
        const { preparation } = await openEncoder(folder, "text");
        preparation.tokenize("red unknown pie, blue!");
      } catch (error) {
        refused++;
        if (!(error instanceof UserError)) throw new Error(`on: ${changed}`, { cause: error });
        expect(error.message).toContain(folder);
      }
    }
    expect(refused).toBeGreaterThan(50);
  });
});
