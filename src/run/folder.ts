/** @module A run's folder: settings, metrics, checkpoints, model, results. */

import { readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

import { UserError } from "../errors.js";
import { usableCores } from "../runtime/cores.js";
import { readSealed, sealed, type SealedKind } from "../files/sealed.js";
import { makeFolder, workingOn, exists } from "../system.js";
import type { Snapshot } from "../train/trainer.js";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.js";
import { checkConfig, type RunConfig } from "./config.js";
import { writeFileAtomic } from "../files/atomic.js";
import { MetricsLog } from "./metrics.js";

/** Which checkpoint of a run. */
export type CheckpointKind = "last" | "best";

/** `run.json`: its settings are checked by their own schema. */
const SETTINGS: SealedKind<{ readonly config: unknown }> = {
  what: "the settings of a run",
  format: 2,
  schema: z.strictObject({ config: z.unknown() }),
  hint: "Restore the file from a copy, or train again into a new folder.",
  editable: true,
};

/** Runs begun before look-alikes were kept together have no setting for it, and splits of their own. */
function withOwnSplits(config: unknown): unknown {
  if (typeof config !== "object" || config === null || !("data" in config)) return config;
  return { ...config, data: { lookAlikes: "ignore", ...(config.data as object) } };
}

/** Files of a run. */
export class RunFolder {
  /** What was recorded in `metrics.jsonl`. */
  readonly metrics: MetricsLog;

  #config: RunConfig;

  private constructor(
    readonly path: string,
    config: RunConfig,
  ) {
    this.#config = config;
    this.metrics = new MetricsLog(join(path, "metrics.jsonl"));
  }

  /**
   * Starts a new run. The number of threads is noted, where the settings do not say it.
   *
   * @throws {UserError} when there is a run already: nothing is overwritten.
   */
  static async create(path: string, given: RunConfig): Promise<RunFolder> {
    if (await RunFolder.exists(path)) {
      throw new UserError(
        `${path}: there is a run in this folder already.`,
        `Continue with --resume ${path}, or give another folder with --out.`,
      );
    }
    // Another number of threads adds numbers up in another order: a run keeps its own.
    const threads = given.train.threads ?? usableCores();
    const config = { ...given, train: { ...given.train, threads } };
    const file = join(path, "run.json");
    await workingOn(path, async () => {
      await makeFolder(join(path, "checkpoints"));
      await writeFileAtomic(file, sealed({ config }, SETTINGS)).catch(async (error: unknown) => {
        await rmdir(join(path, "checkpoints"));
        await rmdir(path).catch(() => undefined);
        throw error;
      });
    });
    return new RunFolder(path, config);
  }

  /** Whether there is a run in a folder. */
  static exists(path: string): Promise<boolean> {
    return exists(join(path, "run.json"));
  }

  /**
   * Opens an existing run.
   *
   * @throws {UserError} when the folder holds no run, or its settings are damaged.
   */
  static async open(path: string): Promise<RunFolder> {
    const file = join(path, "run.json");
    const { config } = await readSealed(file, SETTINGS);
    return new RunFolder(path, checkConfig(withOwnSplits(config), file));
  }

  /** The run's settings. */
  get config(): RunConfig {
    return this.#config;
  }

  /** Notes the epochs that were planned for a run whose time is limited. */
  async notePlan(plannedEpochs: number): Promise<void> {
    const { train, ...groups } = this.#config;
    const config = { ...groups, train: { ...train, plannedEpochs } };
    await writeFileAtomic(join(this.path, "run.json"), sealed({ config }, SETTINGS));
    this.#config = config;
  }

  /** Whether training has begun: there is something to resume. */
  isBegun(): Promise<boolean> {
    return exists(this.#checkpoint("last"));
  }

  /** Removes the folder, unless training has begun. */
  async discardUnbegun(): Promise<void> {
    if (!(await this.isBegun())) await rm(this.path, { recursive: true });
  }

  /** Removes what killed processes left half-written; only while no other works in the folder. */
  async removeLeftovers(): Promise<void> {
    const entries = await readdir(this.path, { recursive: true, withFileTypes: true });
    for (const { name, parentPath } of entries) {
      if (/\.tmp$|^lock\..*\.stale$/.test(name)) await rm(join(parentPath, name), { force: true });
    }
  }

  /** The same folder seen with other settings, for example of the evaluation. */
  with(config: RunConfig): RunFolder {
    return new RunFolder(this.path, config);
  }

  /** Path of a file of the run. */
  file(name: string): string {
    return join(this.path, name);
  }

  #checkpoint(kind: CheckpointKind): string {
    return this.file(join("checkpoints", `${kind}.safetensors`));
  }

  /** Writes a checkpoint atomically. */
  save(kind: CheckpointKind, snapshot: Snapshot): Promise<void> {
    return writeCheckpoint(this.#checkpoint(kind), snapshot);
  }

  /**
   * Reads a checkpoint.
   *
   * @throws {UserError} when it is missing or damaged.
   */
  load(kind: CheckpointKind): Promise<Snapshot> {
    return readCheckpoint(this.#checkpoint(kind));
  }
}
