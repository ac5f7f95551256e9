/** @module Small encoders and a data set for them, also for processes without a compiler. */

import { fileURLToPath } from "node:url";

const file = (name) => fileURLToPath(new URL(`../encoders/exports/${name}`, import.meta.url));

/** Numbers that look random and are the same everywhere. */
const scrambled = (at, limit) => ((at * 7919) ^ (at >> 3)) % limit;

/** The small ViT, `[3, 32, 32]` to 16 numbers. */
export const imageEncoder = (changes = {}) => ({
  modality: "image",
  name: "vit",
  folder: file("vit"),
  model: file("vit/onnx/model.onnx"),
  weights: "float32",
  pooling: { output: "last_hidden_state", kind: "cls" },
  size: 16,
  hash: "vit",
  input: "pixel_values",
  preparation: { shape: [3, 32, 32], identity: "vit", decode: () => Promise.reject(new Error()) },
  normalisation: { mean: [0.5, 0.4, 0.5], deviation: [0.5, 0.5, 0.25] },
  ...changes,
});

/** The small BERT, up to 24 tokens to 16 numbers; 2 and 3 open and close a text. */
export const textEncoder = (changes = {}) => ({
  modality: "text",
  name: "bert",
  folder: file("bert"),
  model: file("bert/onnx/model.onnx"),
  weights: "float32",
  pooling: { output: "last_hidden_state", kind: "mean" },
  size: 16,
  hash: "bert",
  inputs: {
    ids: "input_ids",
    mask: "attention_mask",
    types: "token_type_ids",
    positions: null,
  },
  padding: 0,
  empty: Int32Array.of(2, 3),
  special: new Set([2, 3]),
  maxTokens: 24,
  preparation: {
    identity: "bert",
    tokenize: () => ({ tokens: Int32Array.of(), truncated: false }),
  },
  ...changes,
});

/** One picture of the data set, as bytes. */
const picture = (at) =>
  Uint8Array.from({ length: 3 * 32 * 32 }, (_, pixel) => scrambled(pixel + 31 * at, 256));

/** One text, as ids plus 1 between the special tokens. */
const text = (at) =>
  Int32Array.from(
    [2, ...Array.from({ length: 1 + (at % 9) }, (_, k) => 5 + scrambled(at + 13 * k, 90)), 3],
    (id) => id + 1,
  );

function split(offset, size) {
  const rows = Array.from({ length: size }, (_, at) => offset + at);
  const hasImage = (at) => at % 5 !== 3;
  const hasText = (at) => at % 7 !== 2;
  return {
    size,
    ids: rows.map((at) => `sample ${at}`),
    images: { shape: [3, 32, 32], row: (row) => picture(rows[row]) },
    texts: { kind: "tokens", tokens: rows.map((at) => (hasText(at) ? text(at) : Int32Array.of())) },
    imagePresent: Uint8Array.from(rows, (at) => (hasImage(at) ? 1 : 0)),
    textPresent: Uint8Array.from(rows, (at) => (hasText(at) ? 1 : 0)),
    targets: Float32Array.from(rows.flatMap((at) => (at % 2 ? [1, 0] : [0, 1]))),
  };
}

/** Pixels and tokens; every fifth sample lacks the picture, every seventh the text. */
export const dataset = (train = 300) => ({
  name: "small",
  labelKind: "single-label",
  classes: ["even", "odd"],
  score: "accuracy",
  train: split(0, train),
  validation: split(10_000, 20),
  test: split(20_000, 30),
});
