/** @module What the embedding layers get: encoders' outputs, or standardised features, of a split's samples. */

import { makeBatch } from "../prepare/batch.js";
import type { PreparedSplit } from "../prepare/prepared.js";
import { Graph } from "../graph/graph.js";
import { writeFunction } from "../graph/onnx/write.js";
import type { ModelConfig, LabelSpace } from "../model/config.js";
import { modelInputs } from "../model/inputs.js";
import { bySide, buildNetwork } from "../model/network.js";
import { ParameterScope } from "../nn/parameters.js";
import type { HostTensor } from "../graph/hostTensor.js";
import type { Runtime, Session } from "../runtime/session.js";
import { batchInputs } from "./feeds.js";
import type { TrainingState } from "./step.js";
import type { Modality } from "../data/dataset.js";

const BATCH_SIZE = 256;

/** What one side's embedding layer gets of some samples. */
export interface Representations {
  /** `[samples, size]`. */
  readonly values: Float32Array;
  readonly size: number;
}

/** A model up to its embedding layers, ready to run. */
interface Encoding {
  readonly session: Session;
  /** The parameters that it needs. */
  readonly needed: Readonly<Record<string, HostTensor>>;
}

async function encodingOf(
  runtime: Runtime,
  model: ModelConfig,
  labels: LabelSpace,
  state: TrainingState,
): Promise<Encoding> {
  const graph = new Graph();
  const inputs = modelInputs(graph, model);
  const scope = ParameterScope.root(graph, 0);
  const network = buildNetwork(scope, inputs, model, labels);
  network.embed(inputs);
  const { image, text } = network.features();
  const encoder = writeFunction({ image_features: image!, text_features: text! });
  const needed = scope.parameters.flatMap(({ name }) => {
    const tensor = state.get(name);
    return tensor ? [[name, tensor] as const] : [];
  });
  return { session: await runtime.createSession(encoder), needed: Object.fromEntries(needed) };
}

/**
 * Runs a model up to its embedding layers, batch by batch.
 *
 * @param state - The model's parameters.
 * @param rows - Positions in the split.
 * @param visit - Is given each batch, and where in `rows` it starts.
 */
export async function eachRepresentation(
  runtime: Runtime,
  model: ModelConfig,
  labels: LabelSpace,
  state: TrainingState,
  split: PreparedSplit,
  rows: readonly number[],
  visit: (found: Readonly<Record<Modality, Representations>>, start: number) => void,
): Promise<void> {
  const { session, needed } = await encodingOf(runtime, model, labels, state);
  try {
    for (let start = 0; start < rows.length; start += BATCH_SIZE) {
      const batch = makeBatch(split, rows.slice(start, start + BATCH_SIZE));
      const outputs = await session.run({ ...batchInputs(batch), ...needed });
      const of = (side: Modality): Representations => {
        const { data, shape } = outputs[`${side}_features`]!;
        return { values: data as Float32Array, size: shape[1]! };
      };
      visit(bySide(of), start);
    }
  } finally {
    await session.release();
  }
}

/** What the embedding layers get of some samples, in memory; see {@link eachRepresentation}. */
export async function representationsOf(
  runtime: Runtime,
  model: ModelConfig,
  labels: LabelSpace,
  state: TrainingState,
  split: PreparedSplit,
  rows: readonly number[],
): Promise<Readonly<Record<Modality, Representations>>> {
  const all: Partial<Record<Modality, Representations>> = {};
  await eachRepresentation(runtime, model, labels, state, split, rows, (found, start) => {
    for (const side of ["image", "text"] as const) {
      const { values, size } = found[side];
      all[side] ??= { values: new Float32Array(rows.length * size), size };
      all[side].values.set(values, start * size);
    }
  });
  return bySide((side) => all[side] ?? { values: new Float32Array(), size: 0 });
}
