/** @module A trained model as a function from batches to the logits of its three heads. */

import { type Batch, makeBatch } from "../encode/batch.js";
import type { EncodedSplit } from "../encode/encoded.js";
import { impair, type Impairment } from "../encode/impair.js";
import { Graph } from "../graph/graph.js";
import { type ModelMetadata, type OnnxModel, writeFunction } from "../graph/onnx/write.js";
import type { ModelConfig, ModelTask } from "../model/config.js";
import { modelInputs } from "../model/inputs.js";
import { buildModel } from "../model/model.js";
import { ParameterScope } from "../nn/parameters.js";
import type { HostTensor, Runtime, Session } from "../runtime/session.js";
import { batchInputs } from "../train/feeds.js";
import type { TrainingState } from "../train/step.js";

/** Logits of the joint classifier and the unimodal heads, each `[samples, classes]`. */
export interface HeadLogits {
  readonly joint: Float32Array;
  readonly image: Float32Array;
  readonly text: Float32Array;
}

/** Logits for a split, and which modalities each sample had after impairment. */
export interface SplitLogits extends HeadLogits {
  readonly imagePresent: Float32Array;
  readonly textPresent: Float32Array;
}

/** Names of an exported model's outputs by head. */
export const OUTPUTS = { joint: "logits", image: "image_logits", text: "text_logits" } as const;

/**
 * Serialises a model for prediction: inputs `image` and `text`, outputs `logits`, `image_logits` and
 * `text_logits`.
 *
 * @param state - Parameters to embed; without them the model takes them as inputs.
 */
export function predictionModel(
  config: ModelConfig,
  task: ModelTask,
  state?: TrainingState,
  metadata?: ModelMetadata,
): OnnxModel {
  const graph = new Graph();
  const scope = ParameterScope.root(graph, 0);
  const outputs = buildModel(scope, modelInputs(graph, config), config, task);
  const values = new Map([...(state ?? [])].map(([name, tensor]) => [name, tensor.data]));
  return writeFunction(
    {
      [OUTPUTS.joint]: outputs.logits,
      [OUTPUTS.image]: outputs.imageLogits,
      [OUTPUTS.text]: outputs.textLogits,
    },
    values,
    metadata,
  );
}

// Large enough for good products, small enough for any machine.
const BATCH_SIZE = 256;

/** A batch's tensors by the names of a model's inputs, made of those of {@link batchInputs}. */
export type Feeds = (
  inputs: Readonly<Record<string, HostTensor>>,
) => Readonly<Record<string, HostTensor>>;

/** A loaded model; parameters are fed at each call, so one session serves a whole training run. */
export class Predictor {
  readonly #session: Session;
  readonly #feeds: Feeds;

  private constructor(
    session: Session,
    readonly task: ModelTask,
    feeds: Feeds,
  ) {
    this.#session = session;
    this.#feeds = feeds;
  }

  /**
   * Loads a model.
   *
   * @param feeds - Renames the inputs of models that were written elsewhere; default: not.
   */
  static async create(
    runtime: Runtime,
    model: OnnxModel,
    task: ModelTask,
    feeds: Feeds = (inputs) => inputs,
  ): Promise<Predictor> {
    return new Predictor(await runtime.createSession(model), task, feeds);
  }

  /** Logits for one batch. `state`: the parameters, where the model does not embed them. */
  async run(batch: Batch, state?: TrainingState): Promise<HeadLogits> {
    const outputs = await this.#session.run({
      ...this.#feeds(batchInputs(batch)),
      ...(state && Object.fromEntries(state)),
    });
    const logits = (name: string): Float32Array => outputs[name]!.data as Float32Array;
    return {
      joint: logits(OUTPUTS.joint),
      image: logits(OUTPUTS.image),
      text: logits(OUTPUTS.text),
    };
  }

  /** Logits for a whole split under an impairment. */
  async runSplit(
    split: EncodedSplit,
    impairment: Impairment,
    seed: number,
    state?: TrainingState,
  ): Promise<SplitLogits> {
    const { classes } = this.task;
    const array = (width: number) => new Float32Array(split.size * width);
    const result: SplitLogits = {
      joint: array(classes),
      image: array(classes),
      text: array(classes),
      imagePresent: array(1),
      textPresent: array(1),
    };
    for (let start = 0; start < split.size; start += BATCH_SIZE) {
      const length = Math.min(BATCH_SIZE, split.size - start);
      const rows = Array.from({ length }, (_, at) => start + at);
      const batch = impair(makeBatch(split, rows), impairment, seed);
      const logits = await this.run(batch, state);
      result.joint.set(logits.joint, start * classes);
      result.image.set(logits.image, start * classes);
      result.text.set(logits.text, start * classes);
      result.imagePresent.set(batch.imagePresent, start);
      result.textPresent.set(batch.textPresent, start);
    }
    return result;
  }

  /** Frees the session. */
  release(): Promise<void> {
    return this.#session.release();
  }
}
