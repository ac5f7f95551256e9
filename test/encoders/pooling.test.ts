/** @module From positions to one vector: against sums written out here, frozen and inside a model. */

import { describe, expect, test } from "vitest";

import type { PoolingKind, TextEncoder } from "../../src/encode/pretrained/encoder.js";
import { openEncoder } from "../../src/encode/pretrained/open.js";
import { Graph } from "../../src/graph/graph.js";
import { writeFunction } from "../../src/graph/onnx/write.js";
import { plainModel } from "../support/plainModel.js";
import { BATCH } from "../../src/model/inputs.js";
import { ParameterScope } from "../../src/nn/parameters.js";
import { textInput } from "../../src/inputs/text/pretrained.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { useOwnCache } from "../support/ownCache.js";
import {
  denseFiles,
  type Files,
  idsOf,
  largestDifference,
  textFeatures,
  textFolder,
  vectorOf,
  WIDTH,
} from "./tiny.js";
import { shown } from "../support/words.js";

useOwnCache();

const TEXTS = ["red apple pie", "blue", "ocean wave red blue pie"];

/** Sum over a text's positions with a weight for each. */
const summed = (ids: readonly number[], weight: (at: number) => number): number[] =>
  Array.from({ length: WIDTH }, (_, axis) =>
    ids.reduce((sum, id, at) => sum + weight(at) * vectorOf(id)[axis]!, 0),
  );

/** Each kind by its definition. */
const RULES: Readonly<Record<PoolingKind, (ids: readonly number[]) => number[]>> = {
  cls: (ids) => vectorOf(ids[0]!),
  lasttoken: (ids) => vectorOf(ids.at(-1)!),
  max: (ids) => vectorOf(0).map((_, axis) => Math.max(...ids.map((id) => vectorOf(id)[axis]!))),
  mean: (ids) => summed(ids, () => 1 / ids.length),
  mean_sqrt_len_tokens: (ids) => summed(ids, () => 1 / Math.sqrt(ids.length)),
  weightedmean: (ids) => {
    const total = ids.reduce((sum, _, at) => sum + at + 1, 0);
    return summed(ids, (at) => (at + 1) / total);
  },
};
const KINDS = Object.keys(RULES) as PoolingKind[];

/** Flags as older files have them. */
const flags = (...kinds: string[]): object => ({
  word_embedding_dimension: WIDTH,
  ...Object.fromEntries(
    ["cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens"].map((name) => [
      `pooling_mode_${name}`,
      kinds.includes(name),
    ]),
  ),
  pooling_mode_weightedmean_tokens: kinds.includes("weightedmean_tokens"),
  pooling_mode_lasttoken: kinds.includes("lasttoken"),
});

const FLAGS: Readonly<Record<PoolingKind, string>> = {
  cls: "cls_token",
  max: "max_tokens",
  mean: "mean_tokens",
  mean_sqrt_len_tokens: "mean_sqrt_len_tokens",
  weightedmean: "weightedmean_tokens",
  lasttoken: "lasttoken",
};

const pooling = (stated: object): Files => ({ "1_Pooling/config.json": stated });

const module = (type: string, path: string, idx: number): object => ({
  ...{ idx, name: String(idx), path },
  type: `sentence_transformers.models.${type}`,
});

/** The vectors of the same texts from inside a graph that pads them to one length. */
async function insideModel(encoder: TextEncoder): Promise<number[][]> {
  const tokens = TEXTS.map((text) => encoder.preparation.tokenize(text).tokens);
  const { finetune } = plainModel({});
  const context = { finetune, standardise: false, maxTokens: encoder.maxTokens };
  const prepared = { kind: "tokens", tokens } as const;
  const present = new Uint8Array(tokens.length).fill(1);
  const { network } = await textInput(encoder, context).complete({ prepared, present });
  const [length] = network.shape as [number];
  const graph = new Graph();
  const input = graph.input("text", "int32", [BATCH, length]);
  const scope = ParameterScope.root(graph, 0);
  const vectors = network.encode(scope, input);
  const session = await nodeRuntime().createSession(writeFunction({ vectors }, new Map()));
  const ids = new Int32Array(tokens.length * length);
  tokens.forEach((own, row) => {
    ids.set(own, row * length);
  });
  const feed = { dtype: "int32", shape: [tokens.length, length], data: ids } as const;
  const { data: values } = (await session.run({ text: feed }))["vectors"]!;
  await session.release();
  const all = Array.from(values as Float32Array);
  return TEXTS.map((_, row) => all.slice(row * encoder.size, (row + 1) * encoder.size));
}

/** Checks the vectors of all texts, frozen and inside a model. */
async function expectVectors(
  encoder: TextEncoder,
  rule: (ids: readonly number[]) => number[],
): Promise<void> {
  const frozen = await textFeatures(encoder, TEXTS);
  const inside = await insideModel(encoder);
  TEXTS.forEach((text, row) => {
    const right = rule(idsOf(text));
    expect(largestDifference(frozen[row]!, right), `${text}, frozen`).toBeLessThan(1e-5);
    expect(largestDifference(inside[row]!, right), `${text}, inside`).toBeLessThan(1e-5);
  });
}

describe("pooling that a sentence encoder states", () => {
  test.each(KINDS)("%s: as a flag, as a word, and as a setting", async (kind) => {
    const old = await openEncoder(textFolder({}, pooling(flags(FLAGS[kind]))), "text");
    await expectVectors(old, RULES[kind]);
    const stated = pooling({ embedding_dimension: WIDTH, pooling_mode: kind });
    expect((await openEncoder(textFolder({}, stated), "text")).pooling.kind).toBe(kind);
    const other = pooling(flags(kind === "mean" ? "cls_token" : "mean_tokens"));
    const wanted = await openEncoder(textFolder({}, other), "text", { pooling: kind });
    expect(wanted.pooling.kind).toBe(kind);
  });

  test("several are joined: flags in the library's order, words in their own", async () => {
    const all = pooling(flags(...Object.values(FLAGS)));
    const encoder = await openEncoder(textFolder({}, all), "text");
    expect(encoder.size).toBe(6 * WIDTH);
    const order = ["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"];
    await expectVectors(encoder, (ids) => order.flatMap((kind) => RULES[kind as PoolingKind](ids)));
    const listed = pooling({ pooling_mode: ["lasttoken", "cls"] });
    const turned = await openEncoder(textFolder({}, listed), "text");
    await expectVectors(turned, (ids) => [...RULES.lasttoken(ids), ...RULES.cls(ids)]);
  });

  test("dense layers and normalisation follow, as modules.json lists them", async () => {
    const weight = [0.5, -1, 2, 0.25, 1, 1, -0.5, 3];
    const bias = [0.1, -0.2];
    const folder = textFolder(
      {},
      {
        "modules.json": [
          module("Transformer", "", 0),
          module("Pooling", "1_Pooling", 1),
          module("Dense", "2_Dense", 2),
          module("Normalize", "3_Normalize", 3),
        ],
        ...pooling(flags("max_tokens")),
        ...denseFiles("2_Dense", weight, bias, "torch.nn.modules.activation.Tanh"),
      },
    );
    const encoder = await openEncoder(folder, "text");
    expect(encoder.size).toBe(2);
    await expectVectors(encoder, (ids) => {
      const x = RULES.max(ids);
      const sums = bias.map((b, row) =>
        x.reduce((sum, v, at) => sum + weight[row * 4 + at]! * v, b),
      );
      const [first, second] = sums.map(Math.tanh) as [number, number];
      const length = Math.hypot(first, second);
      return [first / length, second / length];
    });
  });

  test("modules, activations and weights that are not done are refused by name", async () => {
    const list = (type: string) => ({
      "modules.json": [
        module("Transformer", "", 0),
        module("Pooling", "1_Pooling", 1),
        module(type, "2_More", 2),
      ],
      ...pooling(flags("mean_tokens")),
    });
    const open = (files: Files) => openEncoder(textFolder({}, files), "text");
    await expect(open(list("LSTM"))).rejects.toThrow(/modules\.json: the module "LSTM"/);
    await expect(open(list("Dense"))).rejects.toThrow(/names 2_More\/config\.json/);
    const swish = denseFiles("2_More", [1, 1, 1, 1], [0], "torch.nn.modules.activation.SiLU");
    await expect(open({ ...list("Dense"), ...swish })).rejects.toThrow(/activation_function.*SiLU/);
    const wide = denseFiles("2_More", [1, 1, 1], [0], "torch.nn.modules.linear.Identity");
    await expect(open({ ...list("Dense"), ...wide })).rejects.toThrow(
      /takes 3 numbers, and gets 4/,
    );
    const unknown = pooling({ pooling_mode: "attention" });
    await expect(open(unknown)).rejects.toThrow(/1_Pooling\/config\.json: pooling_mode/);
  });

  test("a model that gives sentence_embedding has done all that the modules list", async () => {
    const files = { "modules.json": [module("Transformer", "", 0), module("LSTM", "1_LSTM", 1)] };
    const folder = textFolder({ kind: "last", output: "sentence_embedding" }, files);
    const encoder = await openEncoder(folder, "text");
    expect(encoder.pooling).toEqual({ output: "sentence_embedding", kind: "none" });
  });

  test("a stated pooling needs an output of positions", async () => {
    const folder = textFolder(
      { kind: "last", output: "pooler_output" },
      pooling(flags("cls_token")),
    );
    await expect(openEncoder(folder, "text")).rejects.toThrow(
      /no output has a vector per position/,
    );
  });
});

describe("pooling that nothing states", () => {
  test("is the mean, which is said together with the setting that changes it", async () => {
    const encoder = await openEncoder(textFolder(), "text");
    expect(encoder.notices!.map(shown)).toEqual([
      expect.stringContaining("--set model.text.pooling=cls"),
    ]);
    await expectVectors(encoder, RULES.mean);
    const stated = await openEncoder(textFolder({}, pooling(flags("mean_tokens"))), "text");
    expect(stated.notices).toEqual([]);
  });
});

describe("what sentence-transformers does to texts", () => {
  test("its prompt, lower case and limit are those of the vectors", async () => {
    const folder = textFolder(
      {},
      {
        ...pooling(flags("mean_tokens")),
        "config_sentence_transformers.json": {
          prompts: { query: "QUERY : ", passage: "" },
          default_prompt_name: "query",
        },
        "sentence_bert_config.json": { max_seq_length: 6, do_lower_case: true },
      },
    );
    const encoder = await openEncoder(folder, "text");
    expect(encoder.maxTokens).toBe(6);
    const [vector] = await textFeatures(encoder, ["Red apple pie blue"]);
    // Two special tokens, two of the prompt, two of the text.
    const right = RULES.mean(idsOf("query : red apple"));
    expect(largestDifference(vector!, right)).toBeLessThan(1e-5);
    expect([...encoder.empty]).toEqual(idsOf("query :"));
    expect(encoder.preparation.tokenize(" ").tokens).toHaveLength(0);
  });

  test("a prompt that pooling leaves out is refused", async () => {
    const folder = textFolder(
      {},
      {
        ...pooling({ ...flags("mean_tokens"), include_prompt: false }),
        "config_sentence_transformers.json": {
          prompts: { query: "query : " },
          default_prompt_name: "query",
        },
      },
    );
    await expect(openEncoder(folder, "text")).rejects.toThrow(/include_prompt: false/);
  });
});
