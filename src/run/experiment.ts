/** @module One run from settings to results: train, keep the best model, evaluate it. */

import type { Answering } from "../balance/method.js";
import { configureMethod } from "../balance/methods.js";
import type { ModelData } from "../inputs/data.js";
import type { AwareModel } from "../evaluate/aware.js";
import { type CaseLogits, fitAwareOn, type ProtocolOptions, runCases } from "../evaluate/cases.js";
import { type CaseAnswers, crossFitted } from "../evaluate/crossfit.js";
import type { Predictor } from "../evaluate/predictor.js";
import { runProtocol } from "../evaluate/protocol.js";
import type { ProtocolResult } from "../evaluate/result.js";
import { validate } from "../evaluate/validation.js";
import type { Runtime } from "../runtime/session.js";
import { lossShape } from "../train/classWeights.js";
import { type EpochRecord, type StepRecord, Trainer, type Snapshot } from "../train/trainer.js";
import { stepSpec } from "../train/spec.js";
import type { TrainingState } from "../train/step.js";
import type { TimePlan } from "../train/timeLimit.js";
import { cpuClock } from "./clock.js";
import { type Environment, environment } from "./environment.js";
import type { RunConfig } from "./config.js";
import { fitRun } from "./fit.js";
import { fittedBeside } from "./fitted.js";
import { furtherCases } from "./further.js";
import { checkMethod, isFitted } from "./methods.js";
import { modelFor } from "../inputs/model.js";
import { loadPredictor, labelSpaceOf } from "./predictor.js";
import type { Run } from "./run.js";

/** What the owner of a run is told while it trains. */
export interface RunEvents {
  /** After each call of the runtime. */
  readonly onSteps?: (records: readonly StepRecord[], totalSteps: number) => void;
  /** Where the time is limited: what was planned. */
  readonly onPlan?: (plan: TimePlan) => void;
  /** After each epoch. */
  readonly onEpoch?: (record: EpochRecord) => void;
}

/** What follows the training: linear companions are fitted, and the model is measured under every impairment. */
export type Stage = "fitting" | "evaluating";

/** What the owner of a run is told while its model is evaluated. */
export interface EvaluationEvents {
  /** As each stage begins. */
  readonly onStage?: (stage: Stage) => void;
}

/** Results of a run on the test split; plain JSON. */
export interface RunResult {
  readonly method: string;
  readonly seed: number;
  readonly bestEpoch: number;
  readonly result: ProtocolResult;
  readonly aware: AwareModel;
  /** What it was made with; results of older versions do not say it. */
  readonly environment?: Environment;
}

async function createTrainer(
  { config: { model, method, train: config, evaluation }, own }: Run,
  data: ModelData,
  runtime: Runtime,
  predictor: Predictor,
  resume?: Snapshot,
): Promise<Trainer> {
  const labels = labelSpaceOf(data);
  const { targets } = data.train;
  const loss = lossShape(config, data.classes, targets, labels);
  return Trainer.create({
    config,
    train: data.train,
    runtime,
    cpuClock,
    validate: (state) =>
      validate(predictor, data.validation, state, evaluation.score ?? data.score, loss),
    spec: stepSpec(config, {
      model: await modelFor(model, data),
      method: configureMethod(method.name, method.options, own),
      ...{ labels, targets, loss },
    }),
    ...(resume && { resume }),
  });
}

/**
 * Trains a run, from the start or from its last checkpoint.
 *
 * After each epoch the last and, where it improved, the best checkpoint are written; on `signal` or
 * divergence the last good state is.
 *
 * @returns Whether training is complete; `false` after `signal`.
 * @throws {DivergenceError} when a loss is no longer a number.
 */
export async function trainRun(
  run: Run,
  data: ModelData,
  runtime: Runtime,
  events: RunEvents = {},
  { resume, signal }: { readonly resume?: Snapshot; readonly signal?: AbortSignal } = {},
): Promise<boolean> {
  if (isFitted(run.config.method)) return fitRun(run, data, runtime, events, resume);
  const predictor = await loadPredictor(run.config, data, runtime);
  const trainer = await createTrainer(run, data, runtime, predictor, resume);
  let recorded = resume?.position ?? { step: 0, epoch: 0 };
  try {
    const plan = await trainer.plan();
    if (plan) {
      await run.notePlan(plan.epochs);
      events.onPlan?.(plan);
    }
    return await trainer.run(
      {
        onSteps: async (records) => {
          await run.metrics.append(records.map((record) => ({ kind: "step", record })));
          recorded = trainer.position;
          events.onSteps?.(records, trainer.totalSteps);
        },
        onEpoch: async (record, snapshot) => {
          if (record.best) await run.save("best", snapshot);
          // In this order a kill in between repeats the epoch, and never loses its record.
          await run.metrics.append([{ kind: "epoch", record }]);
          recorded = snapshot.position;
          await run.save("last", snapshot);
          events.onEpoch?.(record);
        },
      },
      signal,
    );
  } finally {
    const { step, epoch } = trainer.position;
    try {
      // A state that could not be recorded, on a full disk, is no place to continue from.
      const isRecorded = step === recorded.step && epoch === recorded.epoch;
      if (isRecorded) await run.save("last", trainer.snapshot);
    } finally {
      await trainer.release();
      await predictor.release();
    }
  }
}

function protocolOptions(
  config: RunConfig,
  data: ModelData,
  predictor: Predictor,
  state: TrainingState,
): ProtocolOptions {
  const { evaluation } = config;
  return {
    predictor,
    state,
    noise: { image: evaluation.imageNoise, text: evaluation.textNoise },
    seed: evaluation.seed,
    mainScore: evaluation.score ?? data.score,
    ...furtherCases(config),
  };
}

/** A run's best model, loaded, with what its answers are measured by. */
interface BestModel {
  readonly options: ProtocolOptions;
  readonly answering: Answering | undefined;
  readonly bestEpoch: number;
}

/** Loads a run's best model with its companions, uses it and frees it. */
async function withBest<T>(
  run: Run,
  data: ModelData,
  runtime: Runtime,
  use: (best: BestModel) => Promise<T>,
  { onStage }: EvaluationEvents = {},
): Promise<T> {
  const { config, own } = run;
  const best = await run.load("best");
  if (!isFitted(config.method)) onStage?.("fitting");
  const fitted = await fittedBeside(run, data, best, runtime);
  onStage?.("evaluating");
  const predictor = await loadPredictor(config, data, runtime, fitted);
  const state = new Map([...best.state, ...(fitted.companions ?? [])]);
  const { answering } = checkMethod(config.method.name, config.method.options, { own }).method;
  const options = protocolOptions(config, data, predictor, state);
  try {
    return await use({ options, answering, bestEpoch: best.position.bestEpoch ?? 0 });
  } finally {
    await predictor.release();
  }
}

/** Evaluates a run's best model on a split; modality-aware prediction is fitted on validation. */
export function evaluateRun(
  run: Run,
  data: ModelData,
  runtime: Runtime,
  split: "validation" | "test" = "test",
  events: EvaluationEvents = {},
): Promise<RunResult> {
  const use = async ({ options, answering, bestEpoch }: BestModel): Promise<RunResult> => {
    const aware = await fitAwareOn(data.validation, options, answering);
    const result = await runProtocol(data[split], split, aware, options);
    const { method, train } = run.config;
    const madeWith = await environment();
    return {
      ...{ method: method.name, seed: train.seed, bestEpoch, result, aware },
      environment: madeWith,
    };
  };
  return withBest(run, data, runtime, use, events);
}

/** What the heads of a run's best model say to a split under every case. */
export function caseLogits(
  run: Run,
  data: ModelData,
  runtime: Runtime,
  split: "validation" | "test",
): Promise<CaseLogits> {
  return withBest(run, data, runtime, ({ options }) => runCases(data[split], options));
}

/** What a run's best model answers to the validation split under every case, cross-fitted. */
export function validationAnswers(
  run: Run,
  data: ModelData,
  runtime: Runtime,
): Promise<CaseAnswers> {
  const { validation } = data;
  return withBest(run, data, runtime, async ({ options, answering }) =>
    crossFitted(validation, await runCases(validation, options), labelSpaceOf(data), answering),
  );
}
