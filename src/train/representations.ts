/** @module What the embedding layers get: encoders' outputs, or standardised features, of a split's samples. */

import { makeBatch } from "../prepare/batch.js";
import type { PreparedSplit } from "../prepare/prepared.js";
import { Graph } from "../graph/graph.js";
import { writeFunction } from "../graph/onnx/write.js";
import type { ModelConfig, LabelSpace } from "../model/config.js";
import { type ModelInputs, modelInputs } from "../model/inputs.js";
import { bySide, buildNetwork, type Sides } from "../model/network.js";
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

/** What is looked at of inputs, `[batch, size]` each: by default what the embedding layers get. */
export type See = (
  inputs: ModelInputs,
  model: ModelConfig,
  features: () => Sides,
  embeddings: () => Sides,
) => Sides;

/** Looks at the embeddings. */
export const seeEmbeddings: See = (_inputs, _model, _features, embeddings) => embeddings();

/** A model whose representations are read. */
export interface Represented {
  readonly runtime: Runtime;
  readonly model: ModelConfig;
  readonly labels: LabelSpace;
  /** The model's parameters; default: none, where no encoder is part of it. */
  readonly state?: TrainingState;
  readonly see?: See;
}

async function encodingOf({
  runtime,
  model,
  labels,
  state = new Map(),
  see = (_, __, features) => features(),
}: Represented): Promise<Encoding> {
  const graph = new Graph();
  const inputs = modelInputs(graph, model);
  const scope = ParameterScope.root(graph, 0);
  const network = buildNetwork(scope, inputs, model, labels);
  const embeddings = (): Sides => network.embed(inputs);
  const features = (): Sides => {
    embeddings();
    return network.features() as Sides;
  };
  const { image, text } = see(inputs, model, features, embeddings);
  const encoder = writeFunction({ image_features: image, text_features: text });
  const needed = scope.parameters.flatMap(({ name }) => {
    const tensor = state.get(name);
    return tensor ? [[name, tensor] as const] : [];
  });
  return { session: await runtime.createSession(encoder), needed: Object.fromEntries(needed) };
}

/**
 * Runs a model up to its embedding layers, or what else is seen of inputs, batch by batch.
 *
 * @param rows - Positions in the split.
 * @param visit - Is given each batch, and where in `rows` it starts.
 */
export async function eachRepresentation(
  represented: Represented,
  split: PreparedSplit,
  rows: readonly number[],
  visit: (found: Readonly<Record<Modality, Representations>>, start: number) => void,
): Promise<void> {
  const { session, needed } = await encodingOf(represented);
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
  represented: Represented,
  split: PreparedSplit,
  rows: readonly number[],
): Promise<Readonly<Record<Modality, Representations>>> {
  const all: Partial<Record<Modality, Representations>> = {};
  await eachRepresentation(represented, split, rows, (found, start) => {
    for (const side of ["image", "text"] as const) {
      const { values, size } = found[side];
      all[side] ??= { values: new Float32Array(rows.length * size), size };
      all[side].values.set(values, start * size);
    }
  });
  return bySide((side) => all[side] ?? { values: new Float32Array(), size: 0 });
}
