/** @module A run that a program has trained: its model, its results, its evaluation. */

import type { z } from "zod";

import type { DataIssue } from "../data/dataset.js";
import type { Case } from "../impairments/cases.js";
import type { ProtocolResult } from "../evaluate/result.js";
import type { Classifier } from "../predict/predict.js";
import { runClassifier } from "../run/classifier.js";
import type { RunRecord } from "../run/records.js";
import { checkConfig, type RunConfig, type runConfig } from "../run/config.js";
import { type EvaluatedSplit, loadRunData, type RunData } from "../run/data.js";
import { evaluateRun, type RunResult } from "../run/experiment.js";
import { runRecord } from "../run/record.js";
import type { Run } from "../run/run.js";
import type { RunStore } from "../run/store.js";
import { nodeRuntime } from "../runtime/node.js";
import type { TrainingData } from "./data.js";

/** Settings of the evaluation: strength of the noise, corruptions, score. */
export type EvaluationOptions = NonNullable<z.input<typeof runConfig>["evaluation"]>;

/** What a model scores on a split. */
export interface Evaluation extends ProtocolResult {
  /** Scores of the model's answers, percent, on full and on impaired input: those of `aware`. */
  readonly scores: Readonly<Record<Case, number>>;
}

const evaluationOf = (result: ProtocolResult): Evaluation => ({
  ...result,
  scores: result.aware.scores,
});

/** A trained run. */
export class TrainedRun {
  readonly #run: Run;
  readonly #source: TrainingData;
  readonly #data: RunData;

  private constructor(
    run: Run,
    source: TrainingData,
    data: RunData,
    /** Results on the test split, with the settings of the run. */
    readonly result: RunResult,
    /** The model of the best epoch. */
    readonly model: Classifier,
  ) {
    this.#run = run;
    this.#source = source;
    this.#data = data;
  }

  /**
   * Opens a run that is finished.
   *
   * @internal
   */
  static async open(
    run: Run,
    source: TrainingData,
    data: RunData,
    result: RunResult,
  ): Promise<TrainedRun> {
    return new TrainedRun(run, source, data, result, await runClassifier(run, data));
  }

  /** All settings of the run. */
  get config(): RunConfig {
    return this.#run.config;
  }

  /** Where the run is kept. */
  get store(): RunStore {
    return this.#run.store;
  }

  /** What was wrong with the data, and how it was handled. */
  get issues(): readonly DataIssue[] {
    return this.#data.issues;
  }

  /** What was recorded of every step and epoch, and the results; for reports. */
  record(): Promise<RunRecord> {
    return runRecord(this.#run, this.result);
  }

  /**
   * Evaluates the model, on full and on impaired input.
   *
   * @param options - In place of those of the run.
   * @throws {ConfigError} for options that are wrong.
   */
  async evaluate(
    split: EvaluatedSplit = "test",
    options: EvaluationOptions = {},
  ): Promise<Evaluation> {
    if (split === "test" && Object.keys(options).length === 0) {
      return evaluationOf(this.result.result);
    }
    const { config, own } = this.#run;
    const evaluation = { ...config.evaluation, ...options };
    const run = this.#run.with(checkConfig({ ...config, evaluation }, "evaluate()", own));
    const { prepared } = await this.#dataFor(run.config, split);
    const runtime = nodeRuntime({ threads: config.train.threads });
    return evaluationOf((await evaluateRun(run, prepared, runtime, split)).result);
  }

  /** Features of frozen encoders are made for what one evaluation asks; all else is made as it is asked. */
  async #dataFor(config: RunConfig, evaluated: EvaluatedSplit): Promise<RunData> {
    const { image, text } = this.#data.prepared.inputs;
    if (!image.encoder && !text.encoder) return this.#data;
    const { dataset, cache } = this.#source;
    return loadRunData(config, { dataset, cache, evaluated });
  }

  /** Frees the model. */
  release(): Promise<void> {
    return this.model.release();
  }
}
