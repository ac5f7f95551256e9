/** @module One training in the browser: its steps, the answers of its model, the model as ONNX. */

import { hasCompanions } from "../companion/companions.js";
import { fitCompanions } from "../companion/fit.js";
import { answeringModel } from "../evaluate/answeringModel.js";
import { type AwareModel, predictAware } from "../evaluate/aware.js";
import { fitAwareOn } from "../evaluate/cases.js";
import { fixedGate } from "../evaluate/gate.js";
import { type Presence, presenceOf } from "../evaluate/presence.js";
import { HEADS, predictionModel, Predictor } from "../evaluate/predictor.js";
import { toProbabilities } from "../evaluate/scores/probabilities.js";
import { validate } from "../evaluate/validation.js";
import { DEFAULT_NOISE } from "../impairments/noisy.js";
import { bagNetwork } from "../model/bag.js";
import type { LabelSpace, ModelConfig } from "../model/config.js";
import { convolutionalNetwork } from "../model/convolutional.js";
import { fitNovelty, type Novelty } from "../novelty/novelty.js";
import type { Runtime } from "../runtime/session.js";
import { lossShape } from "../train/classWeights.js";
import { copyState } from "../train/runner.js";
import { stepSpec } from "../train/spec.js";
import type { TrainingState } from "../train/step.js";
import { type EpochRecord, type StepRecord, Trainer } from "../train/trainer.js";
import { exportMetadata, publicInputs } from "./exported.js";
import { type PreparedSamples, preparedQuestions, type Question } from "./samples.js";
import type { CheckedSettings } from "./settings.js";

/** What is told of a training while it runs. */
export interface TrainingEvents {
  /** After some steps; at a stop all steps have been told. */
  readonly onSteps?: (records: readonly StepRecord[], totalSteps: number) => void | Promise<void>;
  /** After an epoch and its validation. */
  readonly onEpoch?: (record: EpochRecord) => void | Promise<void>;
}

/** What a training came to. */
export interface TrainingResult {
  /** Whether it ran to its end; else it was stopped. */
  readonly isComplete: boolean;
  /** Epoch whose model answers, counted from 0; `null` where none was finished. */
  readonly bestEpoch: number | null;
  /** Whether there were too few samples to choose the best epoch on others than those that train. */
  readonly isSelfValidated: boolean;
}

/** Probabilities of the classes, `[classes]`. */
export type Probabilities = readonly number[];

/** A model's answer to a question. */
export interface Answer {
  /** Which modalities the question has. */
  readonly presence: Presence;
  /**
   * The modality-aware answer: of those who saw something, each as far as it is to be trusted. Until the training is
   * complete that is the joint classifier, or the head of the modality that is there.
   */
  readonly probabilities: Probabilities;
  /** The joint classifier, to which a missing modality is a blank one, as in the paper's protocol. */
  readonly joint: Probabilities;
  /** The unimodal heads. */
  readonly image: Probabilities;
  readonly text: Probabilities;
}

/** The joint classifier answers where both modalities are there. */
const untuned = ({ labelKind, classes }: LabelSpace): AwareModel => ({
  ...{ labelKind, classes, temperatures: {}, companionShares: {} },
  ...{ gate: fixedGate([1, 0, 0]), thresholds: null, unusual: null },
});

/** What answers: parameters, and what was fitted beside them. */
interface Answering {
  readonly state: TrainingState;
  readonly aware: AwareModel;
  readonly hasCompanions: boolean;
  readonly novelty: Novelty | null;
}

/** A training, and the model that comes of it. */
export class Training {
  readonly #runtime: Runtime;
  readonly #settings: CheckedSettings;
  readonly #data: PreparedSamples;
  readonly #labels: LabelSpace;
  readonly #model: ModelConfig;
  readonly #trainer: Trainer;
  #predictor: Predictor;
  #answering: Answering;

  private constructor(
    runtime: Runtime,
    settings: CheckedSettings,
    data: PreparedSamples,
    model: ModelConfig,
    predictor: Predictor,
    trainer: Trainer,
  ) {
    this.#runtime = runtime;
    this.#settings = settings;
    this.#data = data;
    this.#labels = predictor.labels;
    this.#model = model;
    this.#predictor = predictor;
    this.#trainer = trainer;
    this.#answering = {
      ...{ state: copyState(trainer.snapshot.state), aware: untuned(predictor.labels) },
      ...{ hasCompanions: false, novelty: null },
    };
  }

  /** Compiles the training step and loads it. */
  static async create(
    runtime: Runtime,
    settings: CheckedSettings,
    data: PreparedSamples,
  ): Promise<Training> {
    const { classes, train, validation } = data;
    const labels: LabelSpace = { labelKind: "single-label", classes: classes.length };
    const model: ModelConfig = {
      ...settings.network,
      image: convolutionalNetwork({ type: "convolutional", ...settings.image }),
      text: bagNetwork({ type: "bag", ...settings.text }),
    };
    const { targets } = train;
    const loss = lossShape(settings.train, classes, targets, labels);
    const predictor = await Predictor.create(runtime, predictionModel(model, labels), labels);
    const { method, train: config } = settings;
    const trainer = await Trainer.create({
      ...{ config, train, runtime },
      spec: stepSpec(config, { model, labels, method, targets, loss }),
      validate: (state) => validate(predictor, validation, state, "accuracy", loss),
    });
    return new Training(runtime, settings, data, model, predictor, trainer);
  }

  /**
   * Trains. While it does, {@link answer} and {@link exported} are of the last epoch that is finished, afterwards of
   * the best one.
   *
   * @throws {DivergenceError} when a loss is no longer a number.
   */
  async run(events: TrainingEvents, signal: AbortSignal): Promise<TrainingResult> {
    const trainer = this.#trainer;
    const kept: { best: TrainingState | null } = { best: null };
    await trainer.plan();
    const isComplete = await trainer.run(
      {
        onSteps: (records) => events.onSteps?.(records, trainer.totalSteps),
        onEpoch: async (record, snapshot) => {
          const state = copyState(snapshot.state);
          if (record.best) kept.best = state;
          this.#answering = { ...this.#answering, state };
          await events.onEpoch?.(record);
        },
      },
      signal,
    );
    const { state, position } = trainer.snapshot;
    await this.#settle(kept.best ?? copyState(state));
    const { bestEpoch } = position;
    return { isComplete, bestEpoch, isSelfValidated: this.#data.isSelfValidated };
  }

  /** Answers questions, one after the other. */
  async answer(questions: readonly Question[]): Promise<Answer[]> {
    if (questions.length === 0) return [];
    const { classes, labelKind } = this.#labels;
    const split = preparedQuestions(questions, this.#settings, classes);
    const { state, aware } = this.#answering;
    const logits = await this.#predictor.runSplit(split, {}, 0, state);
    const all = predictAware(aware, logits);
    const [joint, image, text] = HEADS.map((head) =>
      toProbabilities(logits[head], classes, labelKind),
    ) as [Float32Array, Float32Array, Float32Array];
    return questions.map((_, row): Answer => {
      const own = (values: Float32Array): number[] =>
        Array.from(values.subarray(row * classes, (row + 1) * classes));
      return {
        presence: presenceOf(split.imagePresent[row]!, split.textPresent[row]!),
        probabilities: own(all),
        ...{ joint: own(joint), image: own(image), text: own(text) },
      };
    });
  }

  /**
   * The model as one ONNX file, which needs nothing of this package. Its inputs are `pixel_values` and
   * `hashed_words`, its outputs those of `balgrad export`; its metadata say the classes and how inputs are prepared.
   */
  exported(): Uint8Array {
    const { state, aware, hasCompanions: companions, novelty } = this.#answering;
    const { bytes } = answeringModel(
      (graph) => publicInputs(graph, this.#model),
      this.#model,
      this.#labels,
      aware,
      {
        ...{ state, companions, novelty },
        metadata: exportMetadata(this.#data.classes, this.#settings),
      },
    );
    return bytes;
  }

  /** Frees what the runtime holds. */
  async release(): Promise<void> {
    await this.#trainer.release();
    await this.#predictor.release();
  }

  /** Fits what answers beside the network, and whom to trust when. */
  async #settle(best: TrainingState): Promise<void> {
    const { train: config, beside } = this.#settings;
    const { train, validation, classes } = this.#data;
    const labels = this.#labels;
    const model = this.#model;
    const shape = lossShape(config, classes, train.targets, labels);
    const companions =
      beside && hasCompanions(model)
        ? await fitCompanions(this.#runtime, { train, validation }, model, labels, { shape })
        : null;
    const novelty = beside ? await fitNovelty(this.#runtime, train, model, labels, best) : null;
    const state = new Map([...best, ...(companions ?? [])]);
    const onnx = predictionModel(model, labels, { companions: companions !== null, novelty });
    await this.#predictor.release();
    this.#predictor = await Predictor.create(this.#runtime, onnx, labels);
    const aware = await fitAwareOn(
      validation,
      {
        ...{ predictor: this.#predictor, state, noise: DEFAULT_NOISE },
        ...{ seed: config.seed, mainScore: "accuracy" },
      },
      this.#settings.method.method.answering,
    );
    this.#answering = { state, aware, hasCompanions: companions !== null, novelty };
  }
}
