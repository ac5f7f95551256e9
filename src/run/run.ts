/** @module A run: settings, metrics, checkpoints, in a folder or in memory. */

import { z } from "zod";

import { withoutDefaults } from "../data/given.js";
import type { BalanceMethod } from "../balance/method.js";
import { UserError } from "../errors.js";
import { say, setting } from "../message.js";
import { usableCores } from "../runtime/cores.js";
import { findDevice } from "../runtime/device.js";
import { isObject } from "../files/json.js";
import { sealed, type SealedKind, unsealed } from "../files/sealed.js";
import type { Snapshot } from "../train/trainer.js";
import { checkpointBytes, checkpointOf } from "./checkpoint.js";
import { checkConfig, type RunConfig } from "./config.js";
import { METRICS_FILE, MetricsLog } from "./metrics.js";
import type { RunStore } from "./store.js";

/** Which checkpoint of a run. */
export type CheckpointKind = "last" | "best";

/** Name of the file that makes a folder a run. */
export const SETTINGS_FILE = "run.json";

/** The text encoder of earlier formats took the mean of embeddings, and had no setting for it. */
function withMean(model: object): object {
  const { text } = model as { readonly text?: unknown };
  return isObject(text) && text["type"] === "bag"
    ? { ...model, text: { scale: "mean", ...text } }
    : model;
}

/** Settings of earlier formats: with defaults of data sources other than the run's, and with steps of a call. */
function ofThisFormat(config: unknown): unknown {
  if (!isObject(config)) return config;
  const { data, model, train } = config;
  const kept = Object.entries(isObject(train) ? train : {});
  return {
    ...config,
    ...(data !== undefined && { data: withoutDefaults(data as object) }),
    ...(isObject(model) && { model: withMean(model) }),
    ...(isObject(train) && {
      train: Object.fromEntries(kept.filter(([name]) => name !== "stepsPerCall")),
    }),
  };
}

/** `run.json`: its settings are checked by their own schema. */
const SETTINGS: SealedKind<{ readonly config: unknown }> = {
  what: "the settings of a run",
  format: 4,
  older: ({ config }) => ({ config: ofThisFormat(config) }),
  schema: z.strictObject({ config: z.unknown() }),
  hint: "Restore the file from a copy, or train again into a new folder.",
  editable: true,
};

const checkpointFile = (kind: CheckpointKind): string => `checkpoints/${kind}.safetensors`;

/** Runs begun before look-alikes were kept together have no setting for it, and splits of their own. */
function withOwnSplits(config: unknown): unknown {
  if (!isObject(config) || !("data" in config)) return config;
  return { ...config, data: { lookAlikes: "ignore", ...(config.data as object) } };
}

/** Reads a file that {@link sealed} made the text of from a run's store. */
export async function readSealedFrom<T>(
  store: RunStore,
  file: string,
  kind: SealedKind<T>,
): Promise<T> {
  const bytes = await store.read(file);
  if (bytes) return unsealed(new TextDecoder().decode(bytes), store.locate(file), kind);
  throw new UserError(`${store.locate(file)}: no such file (${kind.what}).`, kind.hint);
}

/**
 * Settings with the number of threads and the device of this machine, where they do not say them.
 *
 * @throws {ConfigError} when the device does not work here.
 */
export async function noted(config: RunConfig): Promise<RunConfig> {
  // Another number of threads adds numbers up in another order: a run keeps its own.
  const threads = config.train.threads ?? usableCores();
  const { device } = await findDevice(config.train.device);
  return { ...config, train: { ...config.train, threads, device } };
}

/** A run and what it keeps. */
export class Run {
  /** What was recorded in `metrics.jsonl`. */
  readonly metrics: MetricsLog;

  #config: RunConfig;

  private constructor(
    /** Where the files of the run are. */
    readonly store: RunStore,
    config: RunConfig,
    /** Methods beside those that are built in, which a program defines. */
    readonly own: readonly BalanceMethod[],
  ) {
    this.#config = config;
    this.metrics = new MetricsLog(store);
  }

  /**
   * Starts a new run. The number of threads and the device are noted, where the settings do not say them.
   *
   * @param own - Methods beside those that are built in, which a program defines.
   * @throws {UserError} when there is a run already: nothing is overwritten.
   * @throws {ConfigError} when the device does not work here.
   */
  static async create(
    store: RunStore,
    given: RunConfig,
    own: readonly BalanceMethod[] = [],
  ): Promise<Run> {
    if (await Run.exists(store)) {
      throw new UserError(
        `${store.name}: there is a run in this folder already.`,
        say`Continue with ${setting("resume", store.name)}, or give another folder with ${setting("out")}.`,
      );
    }
    const config = await noted(given);
    await store.write(SETTINGS_FILE, sealed({ config }, SETTINGS));
    return new Run(store, config, own);
  }

  /** Whether there is a run in a store. */
  static exists(store: RunStore): Promise<boolean> {
    return store.has(SETTINGS_FILE);
  }

  /**
   * Opens an existing run.
   *
   * @param own - Methods beside those that are built in, which a program defines.
   * @throws {UserError} when the store holds no run, or its settings are damaged.
   */
  static async open(store: RunStore, own: readonly BalanceMethod[] = []): Promise<Run> {
    if (!(await Run.exists(store))) {
      throw new UserError(
        `${store.name}: there is no run in this folder.`,
        `Give the folder that the run was started in; it holds ${SETTINGS_FILE}.`,
      );
    }
    const { config } = await readSealedFrom(store, SETTINGS_FILE, SETTINGS);
    const origin = store.locate(SETTINGS_FILE);
    return new Run(store, checkConfig(withOwnSplits(config), origin, own), own);
  }

  /** The run's settings. */
  get config(): RunConfig {
    return this.#config;
  }

  /** Notes the epochs that were planned for a run whose time is limited. */
  async notePlan(plannedEpochs: number): Promise<void> {
    const { train, ...groups } = this.#config;
    const config = { ...groups, train: { ...train, plannedEpochs } };
    await this.store.write(SETTINGS_FILE, sealed({ config }, SETTINGS));
    this.#config = config;
  }

  /** Whether training has begun: there is something to resume. */
  isBegun(): Promise<boolean> {
    return this.store.has(checkpointFile("last"));
  }

  /** Removes the run, unless training has begun. */
  async discardUnbegun(): Promise<void> {
    if (await this.isBegun()) return;
    for (const file of [METRICS_FILE, SETTINGS_FILE]) await this.store.remove(file);
  }

  /** The same run seen with other settings, for example of the evaluation. */
  with(config: RunConfig): Run {
    return new Run(this.store, config, this.own);
  }

  /** Writes a checkpoint; an older one is replaced only when the new one is whole. */
  save(kind: CheckpointKind, snapshot: Snapshot): Promise<void> {
    return this.store.write(checkpointFile(kind), checkpointBytes(snapshot));
  }

  /**
   * Reads a checkpoint.
   *
   * @throws {UserError} when it is missing or damaged.
   */
  async load(kind: CheckpointKind): Promise<Snapshot> {
    const file = checkpointFile(kind);
    return checkpointOf(await this.store.read(file), this.store.locate(file));
  }
}
