/** @module Pretrained encoders inside the graph: inputs, weights that train, pooling. */

import type { Standardisation } from "../encode/features/statistics.js";
import type { Pooling, TextEncoder, VectorStep } from "../encode/pretrained/encoder.js";
import { add, cast, greater, sub, where } from "../graph/functions/elementwise.js";
import { max } from "../graph/functions/reduce.js";
import { Graph } from "../graph/graph.js";
import { importOnnx } from "../graph/onnx/import/import.js";
import type { ImportedWeight, ImportOptions, LinearUse } from "../graph/onnx/import/options.js";
import type { OnnxFile } from "../graph/onnx/read.js";
import type { Tensor } from "../graph/tensor.js";
import { dropout } from "../nn/layers.js";
import type { ParameterScope } from "../nn/parameters.js";
import { FEEDS } from "./feeds.js";
import { type FinetunePlan, rateOf, withLowRank } from "./finetune.js";
import { BATCH, type InputNetwork } from "./inputs.js";
import type { NoiseSource } from "./noise.js";
import { pooledVector } from "./pooled.js";
import { standardise } from "./standardise.js";

interface Imported {
  /** What the user asked for. */
  readonly name: string;
  readonly file: OnnxFile;
  readonly pooling: Pooling;
  /** What is done to the vector that pooling gives; default: nothing. */
  readonly steps?: readonly VectorStep[];
  /** Length of the feature vector. */
  readonly size: number;
  readonly plan: FinetunePlan;
  /** How its features are brought to one scale; only where nothing of it trains. */
  readonly standardisation?: Standardisation;
}

/** A pretrained image encoder as a graph. */
export interface ImportedImage extends Imported {
  /** `[3, height, width]`. */
  readonly shape: readonly [number, number, number];
  readonly input: string;
}

/** A pretrained text encoder as a graph, for texts of one length. */
export interface ImportedText extends Imported, Pick<TextEncoder, "inputs" | "padding" | "empty"> {
  /** Number of ids that every text is padded to. */
  readonly tokens: number;
}

/** Any of the two. */
export type ImportedEncoder = ImportedImage | ImportedText;

/** The ONNX inputs of a text encoder, and which positions are tokens, `[batch, tokens]` bool. */
function textInputs(text: Tensor, { inputs, padding, empty, tokens }: Omit<ImportedText, "plan">) {
  const { graph } = text;
  const row = new Int32Array(tokens);
  empty.subarray(0, tokens).forEach((id, at) => (row[at] = id + 1));
  // A row without a token is a missing text: the encoder sees what the empty string looks like.
  const anything = greater(max(text, { axes: [1], keep: true }), 0); // [batch, 1]
  const filled = where(anything, text, graph.constant("int32", [1, tokens], row));
  const present = greater(filled, 0);
  const ids = cast(where(present, sub(filled, 1), padding), "int64");
  const mask = cast(present, "int64");
  const positions = graph.constant("int64", [1, tokens], [...Array(tokens).keys()]);
  const values: (readonly [string | null, Tensor])[] = [
    [inputs.ids, ids],
    [inputs.mask, mask],
    [inputs.types, sub(mask, mask)],
    [inputs.positions, add(sub(mask, mask), positions)],
  ];
  const named = values.flatMap(([name, value]) => (name === null ? [] : [[name, value] as const]));
  return { inputs: Object.fromEntries(named), present };
}

/** Whether a weight of an imported file is a matrix; biases and scales have at most one axis longer than 1. */
const isMatrix = (shape: readonly number[]): boolean => shape.filter((dim) => dim > 1).length > 1;

/** Weights that train become parameters under their modules' paths, the others constants. */
const weightMaker =
  (scope: ParameterScope, plan: FinetunePlan) =>
  ({ name, path, shape, data }: ImportedWeight): Tensor =>
    plan.trained.has(name)
      ? scope.parameter(path, shape, () => data, {
          rate: rateOf(plan, name),
          // The file says what a weight is for no more than by its shape.
          decays: isMatrix(shape),
        })
      : scope.graph.constant("float32", shape, data);

function importOptions(
  scope: ParameterScope,
  inputs: Readonly<Record<string, Tensor>>,
  { plan, pooling }: ImportedEncoder,
  drop: (x: Tensor, rate: number, name: string) => Tensor,
): ImportOptions {
  return {
    inputs,
    outputs: [pooling.output],
    weight: weightMaker(scope, plan),
    dropout: (x, _, node) => drop(x, plan.settings.dropout, node),
    linear: (use: LinearUse) => {
      if (!plan.adapted.has(use.weight.name)) return use.product;
      const { path } = use.weight;
      return withLowRank(scope.child(path), use, drop(use.x, plan.settings.dropout, path), plan);
    },
  };
}

/**
 * Features of a pretrained encoder that is part of the graph.
 *
 * @param input - `[batch, 3, height, width]` normalised pixels, or `[batch, tokens]` int32 ids plus 1 with 0
 *   as padding; a text without any token counts as the empty string.
 * @param noise - Given in training only: without it there is no dropout.
 * @returns `[batch, size]`.
 */
export function encodeImported(
  scope: ParameterScope,
  input: Tensor,
  encoder: ImportedEncoder,
  noise?: NoiseSource,
): Tensor {
  const drop = (x: Tensor, rate: number, name: string): Tensor =>
    noise && rate > 0 ? dropout(x, noise(`${scope.prefix}.${name}`, x.shape), rate) : x;
  const { inputs, present } =
    "input" in encoder
      ? { inputs: { [encoder.input]: input }, present: undefined }
      : textInputs(input, encoder);
  const outputs = importOnnx(
    scope.graph,
    encoder.file,
    importOptions(scope, inputs, encoder, drop),
  );
  const { pooling, steps = [], plan, standardisation } = encoder;
  const features = pooledVector(outputs[pooling.output]!, pooling, steps, present);
  const scaled = standardisation ? standardise(features, standardisation) : features;
  return drop(scaled, plan.settings.dropout, "output");
}

/** A model's input whose encoder is part of the model. */
export const importedNetwork = (encoder: ImportedEncoder): InputNetwork => ({
  ...("input" in encoder
    ? { dtype: "float32", shape: encoder.shape }
    : { dtype: "int32", shape: [encoder.tokens] }),
  encode: (scope, input, noise) => encodeImported(scope, input, encoder, noise),
});

/** An encoder of which it is not decided yet what trains. */
export type UnplannedEncoder = Omit<ImportedImage, "plan"> | Omit<ImportedText, "plan">;

/** All weights of an encoder that its features depend on, found by building it once. */
export function encoderWeights(encoder: UnplannedEncoder): ImportedWeight[] {
  const weights: ImportedWeight[] = [];
  const graph = new Graph();
  const inputs =
    "input" in encoder
      ? { [encoder.input]: graph.input(FEEDS.image, "float32", [BATCH, ...encoder.shape]) }
      : textInputs(graph.input(FEEDS.text, "int32", [BATCH, encoder.tokens]), encoder).inputs;
  importOnnx(graph, encoder.file, {
    inputs,
    outputs: [encoder.pooling.output],
    weight: (weight) => {
      weights.push(weight);
      return graph.constant("float32", weight.shape, weight.data);
    },
  });
  return weights;
}
