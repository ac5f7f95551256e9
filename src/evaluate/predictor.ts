/** @module A trained model as a function from batches to the logits of its three heads. */

import type { Batch } from "../prepare/batch.js";
import type { PreparedSplit } from "../prepare/prepared.js";
import { impairedBatch } from "../impairments/apply.js";
import type { Impaired } from "../impairments/impairment.js";
import {
  type Companion,
  companionLogits,
  COMPANIONS,
  describedInputs,
} from "../companion/companions.js";
import { Graph } from "../graph/graph.js";
import { type ModelMetadata, type OnnxModel, writeFunction } from "../graph/onnx/write.js";
import type { Tensor } from "../graph/tensor.js";
import type { ModelConfig, LabelSpace } from "../model/config.js";
import type { BatchFeeds } from "../model/feeds.js";
import { type ModelInputs, modelInputs } from "../model/inputs.js";
import { forwardPass } from "../model/model.js";
import { buildNetwork, type Sides } from "../model/network.js";
import { ParameterScope } from "../nn/parameters.js";
import { type Novelty, noveltySignals, type Signal, SIGNALS } from "../novelty/novelty.js";
import type { Runtime, Session } from "../runtime/session.js";
import type { HostTensor } from "../graph/hostTensor.js";
import { batchInputs } from "../train/feeds.js";
import type { TrainingState } from "../train/step.js";

/** The network's three heads. */
export const HEADS = ["joint", "image", "text"] as const;

type Head = (typeof HEADS)[number];

/** All who can answer: the heads, then linear companions. */
export const EXPERTS = [...HEADS, ...COMPANIONS] as const;

/** All that a model may say about its inputs. */
export const SAYING = [...EXPERTS, ...SIGNALS] as const;

/** One of {@link EXPERTS}. */
export type Expert = (typeof EXPERTS)[number];

/**
 * Logits of the joint classifier, the unimodal heads and, where there are any, companions, each
 * `[samples, classes]`, and signals about the inputs, `[samples]`.
 */
export type HeadLogits = Readonly<
  Record<Head, Float32Array> & Partial<Record<Companion | Signal, Float32Array>>
>;

/** Logits for a split, and which modalities each sample had after impairment. */
export type SplitLogits = HeadLogits & {
  readonly imagePresent: Float32Array;
  readonly textPresent: Float32Array;
};

/** Names of an exported model's outputs. */
export const OUTPUTS: Readonly<Record<Expert | Signal, string>> = {
  joint: "logits",
  image: "image_logits",
  text: "text_logits",
  linear: "linear_logits",
  linearImage: "linear_image_logits",
  linearText: "linear_text_logits",
  imageNovelty: "image_novelty",
  textNovelty: "text_novelty",
  similarity: "similarity",
  imageTypical: "image_typical",
  textTypical: "text_typical",
  imageOfText: "image_of_text",
  textOfImage: "text_of_image",
};

/** What a prediction model has beside its network. */
export interface PredictionOptions {
  /** Parameters to embed; without them the model takes them as inputs. */
  readonly state?: TrainingState;
  readonly metadata?: ModelMetadata;
  /** Whether linear companions answer too; default: no. */
  readonly companions?: boolean;
  /** Whether the heads are linear companions instead of the network's; default: no. */
  readonly regressions?: boolean;
  /** Where the training samples lie: the model says how novel inputs are; default: it does not. */
  readonly novelty?: Novelty | null;
}

/** What a model says about inputs: who answers what, `[batch, classes]`, and signals, `[batch]`. */
export type ModelAnswers = Readonly<
  Record<Head, Tensor> & Partial<Record<Companion | Signal, Tensor>>
>;

/** Logits of all who answer to some inputs, and signals about these. */
export function modelAnswers(
  scope: ParameterScope,
  inputs: ModelInputs,
  config: ModelConfig,
  labels: LabelSpace,
  { companions, regressions, novelty }: Omit<PredictionOptions, "state" | "metadata">,
): ModelAnswers {
  const network = buildNetwork(scope, inputs, config, labels);
  const { logits: joint, imageLogits: image, textLogits: text } = forwardPass(network, inputs);
  const features = (): Sides => network.features() as Sides;
  const fitted = () => companionLogits(scope, describedInputs(inputs, config, features), labels);
  const signals = novelty && noveltySignals(features(), { image, text }, novelty);
  if (!regressions) return { joint, image, text, ...(companions && fitted()), ...signals };
  const { linear, linearImage, linearText } = fitted();
  const heads = { image: linearImage, text: linearText };
  return { joint: network.answer(inputs, linear, heads), ...heads, ...signals };
}

/**
 * Serialises a model for prediction: inputs `image` and `text`, outputs `logits`, `image_logits` and
 * `text_logits`, those of companions, and signals about the inputs.
 */
export function predictionModel(
  config: ModelConfig,
  labels: LabelSpace,
  { state, metadata, ...who }: PredictionOptions = {},
): OnnxModel {
  const graph = new Graph();
  const scope = ParameterScope.root(graph, 0);
  const answers: Partial<Record<Expert | Signal, Tensor>> = modelAnswers(
    scope,
    modelInputs(graph, config),
    config,
    labels,
    who,
  );
  const values = new Map([...(state ?? [])].map(([name, tensor]) => [name, tensor.data]));
  const outputs = SAYING.flatMap((name) => {
    const said = answers[name];
    return said ? [[OUTPUTS[name], said] as const] : [];
  });
  return writeFunction(Object.fromEntries(outputs), values, metadata);
}

// Large enough for good products, small enough for any machine.
const BATCH_SIZE = 256;

/** A batch's tensors by the names of a model's inputs, made of those of {@link batchInputs}. */
export type Feeds = (inputs: BatchFeeds) => Readonly<Record<string, HostTensor>>;

/** A loaded model; parameters are fed at each call, so one session serves a whole training run. */
export class Predictor {
  readonly #session: Session;
  readonly #feeds: Feeds;

  private constructor(
    session: Session,
    readonly labels: LabelSpace,
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
    labels: LabelSpace,
    feeds: Feeds = (inputs) => inputs,
  ): Promise<Predictor> {
    return new Predictor(await runtime.createSession(model), labels, feeds);
  }

  /** Logits for one batch. `state`: the parameters, where the model does not embed them. */
  async run(batch: Batch, state?: TrainingState): Promise<HeadLogits> {
    const outputs = await this.#session.run({
      ...this.#feeds(batchInputs(batch)),
      ...(state && Object.fromEntries(state)),
    });
    const found = SAYING.flatMap((name) => {
      const said = outputs[OUTPUTS[name]];
      return said ? [[name, said.data] as const] : [];
    });
    return Object.fromEntries(found) as HeadLogits;
  }

  /** Logits for a whole split under an impairment. */
  async runSplit(
    split: PreparedSplit,
    impaired: Impaired,
    seed: number,
    state?: TrainingState,
  ): Promise<SplitLogits> {
    const { classes } = this.labels;
    const array = (width: number) => new Float32Array(split.size * width);
    const heads = HEADS.map((head) => [head, array(classes)] as const);
    const result: Record<string, Float32Array> = {
      ...Object.fromEntries(heads),
      ...{ imagePresent: array(1), textPresent: array(1) },
    };
    for (let start = 0; start < split.size; start += BATCH_SIZE) {
      const length = Math.min(BATCH_SIZE, split.size - start);
      const rows = Array.from({ length }, (_, at) => start + at);
      const batch = await impairedBatch(split, rows, impaired, seed);
      const logits = await this.run(batch, state);
      for (const [name, values] of Object.entries(logits)) {
        const width = values.length / length;
        (result[name] ??= array(width)).set(values, start * width);
      }
      result["imagePresent"]!.set(batch.imagePresent, start);
      result["textPresent"]!.set(batch.textPresent, start);
    }
    return result as SplitLogits;
  }

  /** Frees the session. */
  release(): Promise<void> {
    return this.#session.release();
  }
}
