/** @module What the embedding layers get: encoders' outputs, or standardised features, of a split's samples. */

import { makeBatch } from "../prepare/batch.js";
import type { PreparedSplit } from "../prepare/prepared.js";
import { Graph } from "../graph/graph.js";
import { writeFunction } from "../graph/onnx/write.js";
import type { ModelConfig, LabelSpace } from "../model/config.js";
import { modelInputs } from "../model/inputs.js";
import { bySide, buildNetwork, type Side } from "../model/network.js";
import { ParameterScope } from "../nn/parameters.js";
import type { Runtime } from "../runtime/session.js";
import { batchInputs } from "../train/feeds.js";
import type { TrainingState } from "../train/step.js";
import type { Rows } from "./subspace.js";

const BATCH_SIZE = 256;

/**
 * Runs a model up to its embedding layers.
 *
 * @param state - The model's parameters.
 * @param rows - Positions in the split.
 */
export async function representationsOf(
  runtime: Runtime,
  model: ModelConfig,
  labels: LabelSpace,
  state: TrainingState,
  split: PreparedSplit,
  rows: readonly number[],
): Promise<Readonly<Record<Side, Rows>>> {
  const graph = new Graph();
  const inputs = modelInputs(graph, model);
  const scope = ParameterScope.root(graph, 0);
  const network = buildNetwork(scope, inputs, model, labels);
  network.embed(inputs);
  const features = network.features();
  const sizes = bySide((side) => features[side]!.shape[1] as number);
  const values = bySide((side) => new Float32Array(rows.length * sizes[side]));
  const { image, text } = features;
  const session = await runtime.createSession(
    writeFunction({ image_features: image!, text_features: text! }),
  );
  const needed = Object.fromEntries(
    scope.parameters.flatMap(({ name }) => {
      const tensor = state.get(name);
      return tensor ? [[name, tensor] as const] : [];
    }),
  );
  try {
    for (let start = 0; start < rows.length; start += BATCH_SIZE) {
      const batch = makeBatch(split, rows.slice(start, start + BATCH_SIZE));
      const outputs = await session.run({ ...batchInputs(batch), ...needed });
      for (const side of ["image", "text"] as const) {
        const found = outputs[`${side}_features`]!.data as Float32Array;
        values[side].set(found, start * sizes[side]);
      }
    }
  } finally {
    await session.release();
  }
  return bySide((side) => ({ values: values[side], size: sizes[side] }));
}
