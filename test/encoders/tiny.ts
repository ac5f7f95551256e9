/** @module Folders of tiny encoders with known weights, and the features that the product makes with them. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { create, toBinary } from "@bufbuild/protobuf";

import type { PreparedDataset, PreparedSplit } from "../../src/prepare/prepared.js";
import { extractFeatures } from "../../src/encode/features/extract.js";
import type { ImageEncoder, TextEncoder } from "../../src/encode/pretrained/encoder.js";
import type { Attribute } from "../../src/graph/attributes.js";
import type { DType } from "../../src/graph/dtype.js";
import { attribute, tensorProto, valueInfo } from "../../src/graph/onnx/nodes.js";
import {
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  type ValueInfoProto,
} from "../../src/graph/onnx/onnx_pb.js";
import { writeSafetensors } from "../../src/tensors/safetensors.js";
import { temporaryFolder } from "../support/cli.js";

/** Words of the tokenizer; the position is the id. */
export const WORDS = [
  ...["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
  ...["red", "apple", "pie", "blue", "ocean", "wave", "query", ":"],
];

/** Length of a hidden state. */
export const WIDTH = 4;

/** Numbers that look random and are the same everywhere, -1 to 1. */
const numbers = (size: number): Float32Array =>
  Float32Array.from({ length: size }, (_, at) => Math.sin(12.9898 * (at + 1)));

/** The table of word vectors, `[words, WIDTH]`. */
const TABLE = numbers(WORDS.length * WIDTH);

/** The hidden state of a word. */
export const vectorOf = (id: number): number[] => [...TABLE.subarray(id * WIDTH, (id + 1) * WIDTH)];

/** Ids of a text with the special tokens around it. */
export const idsOf = (text: string): number[] => [
  2,
  ...text.split(/\s+/).map((word) => Math.max(1, WORDS.indexOf(word))),
  3,
];

const node = (
  opType: string,
  input: string[],
  output: string,
  attributes: Readonly<Record<string, Attribute>> = {},
): NodeProto =>
  create(NodeProtoSchema, {
    ...{ opType, input, output: [output] },
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  });

function modelBytes(
  nodes: NodeProto[],
  input: ValueInfoProto[],
  output: ValueInfoProto[],
  initializer: TensorProto[],
): Uint8Array {
  const graph = create(GraphProtoSchema, { name: "tiny", node: nodes, input, output, initializer });
  const opsetImport = [{ domain: "", version: 17n }];
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: 8n, opsetImport, graph }),
  );
}

/** Files of a folder by their paths within it; values that are no bytes are written as JSON. */
export type Files = Readonly<Record<string, unknown>>;

/** A new folder with files. */
export function folderOf(files: Files): string {
  const folder = temporaryFolder();
  for (const [name, contents] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents instanceof Uint8Array ? contents : JSON.stringify(contents));
  }
  return folder;
}

const TOKEN = /\[(PAD|UNK|CLS|SEP|MASK)\]/;

/** A word tokenizer in the layout of Hugging Face. */
export const tokenizerFiles = (config: object = {}, tokenizer: object = {}): Files => ({
  "tokenizer.json": {
    version: "1.0",
    added_tokens: WORDS.filter((word) => TOKEN.test(word)).map((content, id) => ({
      ...{ id, content, special: true, normalized: false },
      ...{ single_word: false, lstrip: false, rstrip: false },
    })),
    normalizer: null,
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [
        { SpecialToken: { id: "[CLS]", type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
        { SpecialToken: { id: "[SEP]", type_id: 0 } },
      ],
      pair: [],
      special_tokens: {
        "[CLS]": { id: "[CLS]", ids: [2], tokens: ["[CLS]"] },
        "[SEP]": { id: "[SEP]", ids: [3], tokens: ["[SEP]"] },
      },
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      ...{ type: "WordPiece", unk_token: "[UNK]", continuing_subword_prefix: "##" },
      ...{ max_input_chars_per_word: 100 },
      vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
    },
    ...tokenizer,
  },
  "tokenizer_config.json": {
    ...{ tokenizer_class: "BertTokenizer", model_max_length: 32, pad_token: "[PAD]" },
    ...{ unk_token: "[UNK]", cls_token: "[CLS]", sep_token: "[SEP]" },
    ...config,
  },
});

/** What a tiny text model is like. */
export interface TextModel {
  readonly batch?: number | string;
  readonly length?: number | string;
  readonly ids?: DType;
  readonly mask?: boolean;
  /** Name of the output. */
  readonly output?: string;
  /**
   * `words`: hidden states are the words' vectors; `mixed`: plus the mean over all positions, padding too; `last`:
   * one vector, that of the last position.
   */
  readonly kind?: "words" | "mixed" | "last";
}

/** The ONNX file of a tiny text model. */
export function textModel({
  batch = "batch",
  length = "length",
  ids = "int64",
  mask = true,
  output = "last_hidden_state",
  kind = "words",
}: TextModel = {}): Uint8Array {
  const inputs = [valueInfo("input_ids", ids, [batch, length])];
  const nodes = [node("Gather", ["table", "input_ids"], "words")];
  const initializers = [tensorProto("table", "float32", [WORDS.length, WIDTH], TABLE)];
  if (mask) {
    // The mask is read and changes nothing: whoever pools must know which positions are padding.
    inputs.push(valueInfo("attention_mask", ids, [batch, length]));
    initializers.push(
      tensorProto("two", "int64", [1], BigInt64Array.of(2n)),
      tensorProto("zero", "float32", [], Float32Array.of(0)),
    );
    nodes.push(
      node("Cast", ["attention_mask"], "floats", { to: { int: 1 } }),
      node("Unsqueeze", ["floats", "two"], "column"),
      node("Mul", ["column", "zero"], "nothing"),
      node("Add", ["words", "nothing"], "states"),
    );
  }
  const states = mask ? "states" : "words";
  if (kind === "last") {
    initializers.push(tensorProto("end", "int64", [], BigInt64Array.of(-1n)));
    nodes.push(node("Gather", [states, "end"], output, { axis: { int: 1 } }));
    return modelBytes(nodes, inputs, [valueInfo(output, "float32", [batch, WIDTH])], initializers);
  }
  if (kind === "mixed") {
    const keep = { axes: { ints: [1] }, keepdims: { int: 1 } };
    nodes.push(
      node("ReduceMean", [states], "average", keep),
      node("Add", [states, "average"], output),
    );
  } else {
    nodes.push(node("Identity", [states], output));
  }
  const shape = [batch, length, WIDTH];
  return modelBytes(nodes, inputs, [valueInfo(output, "float32", shape)], initializers);
}

/** A folder of a tiny text encoder. */
export const textFolder = (model: TextModel = {}, files: Files = {}): string =>
  folderOf({
    "config.json": { model_type: "bert" },
    ...tokenizerFiles(),
    "onnx/model.onnx": textModel(model),
    ...files,
  });

/** Length of a tiny image encoder's features. */
export const FEATURES = 5;

/** Weight from each value of a picture to each feature. */
export const imageWeights = (values: number): Float32Array => numbers(values * FEATURES);

/** What a tiny image model is like. */
export interface ImageModel {
  readonly batch?: number | string;
  readonly input?: string;
  readonly output?: string;
}

/** The ONNX file of a tiny image model: a product of all values of the picture. */
export function imageModel(
  shape: readonly [number, number, number],
  { batch = "batch", input = "pixel_values", output = "pooler_output" }: ImageModel = {},
): Uint8Array {
  const values = shape.reduce((product, dim) => product * dim, 1);
  return modelBytes(
    [
      node("Flatten", [input], "flat", { axis: { int: 1 } }),
      node("MatMul", ["flat", "weights"], output),
    ],
    [valueInfo(input, "float32", [batch, ...shape])],
    [valueInfo(output, "float32", [batch, FEATURES])],
    [tensorProto("weights", "float32", [values, FEATURES], imageWeights(values))],
  );
}

/** What the fast image processors write: null for everything that they leave open. */
export const NULLS = {
  ...{ crop_size: null, data_format: "channels_first", default_to_square: true, device: null },
  ...{ disable_grouping: null, do_center_crop: null, do_convert_rgb: null, do_normalize: true },
  ...{ do_rescale: true, do_resize: true, image_mean: [0.5, 0.5, 0.5], input_data_format: null },
  ...{ image_processor_type: "ViTImageProcessorFast", image_std: [0.5, 0.5, 0.5], resample: 2 },
  ...{ rescale_factor: 1 / 255, return_tensors: null, size: { height: 2, width: 3 } },
};

/** A folder of a tiny image encoder for pictures of 3 by 2 pixels. */
export const imageFolder = (
  preprocessor: object = {},
  model: ImageModel = {},
  shape: readonly [number, number, number] = [3, 2, 3],
): string =>
  folderOf({
    "config.json": { model_type: "vit" },
    "preprocessor_config.json": { ...NULLS, ...preprocessor },
    "onnx/model.onnx": imageModel(shape, model),
  });

/** A dense layer of sentence-transformers. */
export const denseFiles = (
  folder: string,
  weight: readonly number[],
  bias: readonly number[],
  activation: string,
): Files => ({
  [`${folder}/config.json`]: {
    ...{ in_features: weight.length / bias.length, out_features: bias.length, bias: true },
    activation_function: activation,
  },
  [`${folder}/model.safetensors`]: writeSafetensors(
    new Map([
      [
        "linear.weight",
        {
          dtype: "float32",
          shape: [bias.length, weight.length / bias.length],
          data: Float32Array.from(weight),
        } as const,
      ],
      [
        "linear.bias",
        { dtype: "float32", shape: [bias.length], data: Float32Array.from(bias) } as const,
      ],
    ]),
  ),
});

const empty = (split: PreparedSplit): PreparedSplit => ({
  ...{ ...split, size: 0, ids: [] },
  ...{ imagePresent: new Uint8Array(), textPresent: new Uint8Array() },
});

async function extracted(
  images: Uint8Array[],
  shape: readonly number[],
  tokens: Int32Array[],
  encoders: { readonly image?: ImageEncoder; readonly text?: TextEncoder },
): Promise<PreparedDataset> {
  const size = Math.max(images.length, tokens.length);
  const train: PreparedSplit = {
    size,
    ids: Array.from({ length: size }, (_, at) => `sample ${at}`),
    images: { shape, row: (at) => images[at]! },
    texts: { kind: "tokens", tokens },
    imagePresent: new Uint8Array(size).fill(1),
    textPresent: new Uint8Array(size).fill(1),
    targets: new Float32Array(size),
  };
  const others = { validation: empty(train), test: empty(train) };
  const about = {
    name: "tiny",
    labelKind: "single-label",
    classes: ["one"],
    score: "accuracy",
  } as const;
  const data: PreparedDataset = { ...about, train, ...others };
  const noise = { image: 0, text: 0 };
  return extractFeatures(data, encoders, { noise, seed: 1, threads: 1 });
}

/** Features of texts, one row each. */
export async function textFeatures(
  encoder: TextEncoder,
  texts: readonly string[],
): Promise<number[][]> {
  const tokens = texts.map((text) => encoder.preparation.tokenize(text).tokens);
  const { train } = await extracted([], [3, 1, 1], tokens, { text: encoder });
  const { texts: features } = train;
  if (features.kind !== "features") throw new Error("no features");
  return texts.map((_, at) => [...features.row(at)]);
}

/** Features of one picture, RGB interleaved. */
export async function imageFeatures(
  encoder: ImageEncoder,
  pixels: Uint8Array,
  width: number,
  height: number,
): Promise<number[]> {
  const source = { kind: "pixels", pixels, width, height } as const;
  const { planes } = await encoder.preparation.decode(source);
  const { train } = await extracted([planes], encoder.preparation.shape, [], { image: encoder });
  return [...train.images.row(0)];
}

/** Compares two vectors. */
export function largestDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0);
}
