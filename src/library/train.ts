/** @module Training from a program. */

import { isDeepStrictEqual } from "node:util";

import type { z } from "zod";

import { withoutDefaults } from "../data/given.js";
import { ConfigError } from "../errors.js";
import type { trainConfig } from "../train/config.js";
import { checkConfig, type runConfig } from "../run/config.js";
import type { RunData } from "../run/data.js";
import { RunMemory } from "../run/memory.js";
import { refuseIdle } from "../run/idle.js";
import { isFitted, refuseTraining } from "../run/methods.js";
import { Run } from "../run/run.js";
import type { RunStore } from "../run/store.js";
import { completeRun } from "../usecases/complete.js";
import { loadData } from "../usecases/data.js";
import { settleDevice } from "../usecases/device.js";
import type { DataEvent, RunEvent, Watch } from "../usecases/events.js";
import type { TrainingData } from "./data.js";
import { methodChoice, type MethodInput } from "./method.js";
import { type EvaluationOptions, TrainedRun } from "./run.js";

/** Settings of the model: encoders, fusion, widths, fine-tuning. */
export type ModelOptions = NonNullable<z.input<typeof runConfig>["model"]>;

/** What a training tells while it works. */
export type TrainingEvent = DataEvent | RunEvent;

/** How to train; what is not given has its default. */
export interface TrainSettings extends Omit<z.input<typeof trainConfig>, "plannedEpochs"> {
  /** Default: `robust`. */
  readonly method?: MethodInput;
  readonly model?: ModelOptions;
  readonly evaluation?: EvaluationOptions;
}

/** How a training is watched, stopped and kept. */
export interface TrainOptions extends TrainSettings, Watch<TrainingEvent> {
  /** Where the run is kept: a `RunFolder`, or a `RunMemory`, which is the default. */
  readonly store?: RunStore;
}

/** How a training continues. */
export interface ResumeOptions extends Watch<TrainingEvent> {
  /** The run's method, where the program defines it. */
  readonly method?: MethodInput;
}

/** A run that has its settings, and no data yet. */
export interface Prepared {
  readonly config: ReturnType<typeof checkConfig>;
  readonly own: Run["own"];
  /** Settings as they were given; those of the data were checked when these were opened. */
  readonly given: Readonly<Record<string, unknown>>;
}

/**
 * The settings of a run on some data.
 *
 * @throws {ConfigError} for settings that are wrong, or would have no effect.
 */
export function runSettings(
  { settings: data }: TrainingData,
  { method = "robust", model, evaluation, ...train }: TrainSettings,
): Prepared {
  const { name, options, own } = methodChoice(method);
  const methods = own ? [own] : [];
  const given = { train, ...(model && { model }), ...(evaluation && { evaluation }) };
  const settings = { ...given, data, method: { name, options } };
  const config = checkConfig(settings, "train()", methods);
  refuseIdle(given, config, "train()");
  if (isFitted(config.method)) refuseTraining(settings, "train()");
  return { config, own: methods, given };
}

/** Trains a run from where it stands to its end, and opens it. */
export async function finish(
  run: Run,
  source: TrainingData,
  data: RunData,
  watch: Watch<TrainingEvent>,
): Promise<TrainedRun> {
  const place = { at: 0, of: 1, base: run.store.name };
  return TrainedRun.open(run, source, data, await completeRun(run, data, place, watch));
}

/**
 * Trains a model, keeps the best epoch by validation, and evaluates it on the test split.
 *
 * @throws {ConfigError} for settings that are wrong, or would have no effect.
 * @throws {DataError} for data that cannot be trained on.
 * @throws {UserError} where the store holds a run already.
 * @throws {DivergenceError} when a loss is no longer a number.
 * @throws {Interrupted} after the signal; {@link resume} continues the run that the store keeps.
 */
export async function train(
  data: TrainingData,
  { store = new RunMemory(), events, signal, ...settings }: TrainOptions = {},
): Promise<TrainedRun> {
  const watch = { events, signal };
  const prepared = runSettings(data, settings);
  const { dataset, cache } = data;
  const { given } = prepared;
  await settleDevice(prepared.config.train.device, events);
  const loaded = await loadData(prepared.config, { dataset, cache, given, ...watch });
  const run = await Run.create(store, prepared.config, prepared.own);
  try {
    return await finish(run, data, loaded, watch);
  } catch (error) {
    // Settings that no step can be built from leave the store free for corrected ones.
    if (error instanceof ConfigError) await run.discardUnbegun();
    throw error;
  }
}

/** Settings as a file gives them back: without those that are undefined, and without defaults. */
const asWritten = (settings: object): object =>
  withoutDefaults(JSON.parse(JSON.stringify(settings)) as object);

/**
 * Continues a run that was stopped, to the numbers that it would have had; a finished run is opened.
 *
 * @param data - The run's own.
 * @throws {UserError} where the store holds no run.
 * @throws {ConfigError} where the data are read in another way than the run's.
 * @throws {Interrupted} after the signal.
 */
export async function resume(
  data: TrainingData,
  store: RunStore,
  { method, events, signal }: ResumeOptions = {},
): Promise<TrainedRun> {
  const { own } = method === undefined ? {} : methodChoice(method);
  const run = await Run.open(store, own ? [own] : []);
  if (!isDeepStrictEqual(asWritten(run.config.data), asWritten(data.settings))) {
    throw new ConfigError(
      `${store.name}: the run was trained on data that were read in another way.`,
      "Open the data with the options that they had then.",
    );
  }
  const watch = { events, signal };
  const { dataset, cache } = data;
  const loaded = await loadData(run.config, { dataset, cache, ...watch });
  return finish(run, data, loaded, watch);
}
