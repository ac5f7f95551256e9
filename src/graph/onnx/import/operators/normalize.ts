/** @module Normalisation layers of ONNX files. */

import * as f from "../../../functions/elementwise.js";
import { reshape, reshapeLike } from "../../../functions/layout.js";
import { layerNormalization } from "../../../functions/normalize.js";
import { mean } from "../../../functions/reduce.js";
import { type Dim, sizeOf } from "../../../shape.js";
import type { Tensor } from "../../../tensor.js";
import type { Operator, OperatorCall } from "../call.js";
import { embed } from "./lookup.js";

/** A vector over channels, beside `[batch, channels, ...spatial]`. */
const beside = (vector: Tensor, x: Tensor): Tensor =>
  reshape(vector, [vector.shape[0]!, ...x.shape.slice(2).map(() => 1)]);

/** With running statistics, as one product and one sum per channel. */
const batchNormalization: Operator = (call) => {
  if (call.int("training_mode", 0) === 1) {
    return call.fail("it is in training mode.", "Export the model in evaluation mode.");
  }
  const x = call.tensor(0);
  const scale = call.tensor(1, "batch-norm");
  const bias = call.tensor(2, "batch-norm");
  const average = call.tensor(3, "statistics");
  const variance = call.tensor(4, "statistics");
  const slope = f.div(scale, f.sqrt(f.add(variance, call.float("epsilon", 1e-5))));
  const offset = f.sub(bias, f.mul(average, slope));
  return f.add(f.mul(x, beside(slope, x)), beside(offset, x));
};

/** Mean 0 and variance 1 along the given axes. */
function standardised(x: Tensor, axes: readonly number[], epsilon: number): Tensor {
  const centred = f.sub(x, mean(x, { axes, keep: true }));
  const variance = mean(f.square(centred), { axes, keep: true });
  return f.div(centred, f.sqrt(f.add(variance, epsilon)));
}

const instanceNormalization: Operator = (call) => {
  const x = call.tensor(0);
  const axes = [...x.shape.keys()].slice(2);
  const y = standardised(x, axes, call.float("epsilon", 1e-5));
  const scaled = f.mul(y, beside(call.tensor(1, "normalisation"), x));
  return f.add(scaled, beside(call.tensor(2, "normalisation"), x));
};

/** Scale and bias belong to groups up to opset 20, to channels from 21 on. */
const groupNormalization: Operator = (call) => {
  const x = call.tensor(0);
  const groups = call.int("num_groups", 1);
  const [batch, channels] = x.shape as [Dim, number];
  const rest = sizeOf([channels / groups, ...x.shape.slice(2)]);
  const y = standardised(reshape(x, [batch, groups, rest]), [2], call.float("epsilon", 1e-5));
  const [scale, bias] = [call.tensor(1, "normalisation"), call.tensor(2, "normalisation")];
  if (call.opset < 21) {
    const column = (vector: Tensor): Tensor => reshape(vector, [groups, 1]);
    return reshapeLike(f.add(f.mul(y, column(scale)), column(bias)), x);
  }
  return f.add(f.mul(reshapeLike(y, x), beside(scale, x)), beside(bias, x));
};

function normalise(call: OperatorCall, x: Tensor, scale: number, bias: number): Tensor {
  const axis = call.int("axis", -1);
  return layerNormalization(
    x,
    call.tensor(scale, "normalisation"),
    call.optional(bias, "normalisation"),
    { axis, epsilon: call.float("epsilon", 1e-5) },
  );
}

/** `x / sqrt(mean(x^2) + epsilon) * scale` over the axes from `axis` on. */
function rootMeanSquare(call: OperatorCall, x: Tensor, scale: number): Tensor {
  const first = call.axis(call.int("axis", -1), x.shape.length);
  const axes = [...x.shape.keys()].slice(first);
  const power = mean(f.square(x), { axes, keep: true });
  const y = f.div(x, f.sqrt(f.add(power, call.float("epsilon", 1e-5))));
  return f.mul(y, call.tensor(scale, "normalisation"));
}

/** All outputs of ONNX's layer normalisation: result, mean and inverse deviation. */
const layer: Operator = (call) => normalise(call, call.tensor(0), 1, 2).node.outputs;

/** Sum of an input, what skipped a layer, and an optional bias. */
function skipped(call: OperatorCall, bias: number): Tensor {
  const sum = f.add(call.tensor(0), call.tensor(1));
  return call.has(bias) ? f.add(sum, call.tensor(bias, "bias")) : sum;
}

const skipLayer: Operator = (call) => {
  const sum = skipped(call, 4);
  const { outputs } = normalise(call, sum, 2, 3).node;
  return [...outputs, sum];
};

const skipSimplified: Operator = (call) => {
  const sum = skipped(call, 3);
  const y = rootMeanSquare(call, sum, 2);
  // Means and deviations are outputs of training only.
  return [y, y, y, sum];
};

/** Embeddings, normalised; the second output counts unmasked tokens, the third is the plain sum. */
const embedLayer: Operator = (call) => {
  const sum = embed(call);
  const y = layerNormalization(
    sum,
    call.tensor(5, "normalisation"),
    call.tensor(6, "normalisation"),
    { epsilon: call.float("epsilon", 1e-12) },
  );
  const ids = call.tensor(0);
  const mask = call.optional(7) ?? f.mul(ids, 0);
  const counts = call.apply("ReduceSum", [f.cast(mask, "int32"), call.graph.integers([1])], {
    keepdims: { int: 0 },
  });
  return [y, counts, sum];
};

const simplified: Operator = (call) => rootMeanSquare(call, call.tensor(0), 1);

export const normalizeOperators: Readonly<Record<string, Operator>> = {
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  LayerNormalization: layer,
  RMSNormalization: simplified,
  // ONNX Runtime's optimizer leaves this one in ONNX's own domain.
  SimplifiedLayerNormalization: simplified,
};

export const microsoftNormalize: Readonly<Record<string, Operator>> = {
  LayerNormalization: layer,
  SimplifiedLayerNormalization: simplified,
  SkipLayerNormalization: skipLayer,
  SkipSimplifiedLayerNormalization: skipSimplified,
  EmbedLayerNormalization: embedLayer,
};
