/** @module A run's folder: settings, metrics, checkpoints, model, results. */

import { appendFile, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { UserError } from "../errors.js";
import type { EpochRecord, Position, Snapshot, StepRecord } from "../train/trainer.js";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.js";
import { checkConfig, type RunConfig } from "./config.js";
import { exists, isMissing, readJson, writeFileAtomic, writeJson } from "./files.js";

/** Which checkpoint of a run. */
export type CheckpointKind = "last" | "best";

/** One line of `metrics.jsonl`. */
export type MetricsLine =
  | { readonly kind: "step"; readonly record: StepRecord }
  | { readonly kind: "epoch"; readonly record: EpochRecord };

/** Format of run folders; raised when an older reader would misread a newer folder. */
const FORMAT = 1;

/** Files of a run. */
export class RunFolder {
  private constructor(
    readonly path: string,
    readonly config: RunConfig,
  ) {}

  /**
   * Starts a new run.
   *
   * @throws {UserError} when there is a run already: nothing is overwritten.
   */
  static async create(path: string, config: RunConfig): Promise<RunFolder> {
    if (await exists(join(path, "run.json"))) {
      throw new UserError(
        `${path}: there is a run in this folder already.`,
        `Go on with --resume ${path}, or give another folder with --out.`,
      );
    }
    await mkdir(join(path, "checkpoints"), { recursive: true });
    await writeJson(join(path, "run.json"), { format: FORMAT, config });
    return new RunFolder(path, config);
  }

  /**
   * Opens an existing run.
   *
   * @throws {UserError} when the folder holds no run.
   */
  static async open(path: string): Promise<RunFolder> {
    const file = join(path, "run.json");
    const { config } = (await readJson(file, "the settings of a run")) as { config: unknown };
    return new RunFolder(path, checkConfig(config, file));
  }

  /** Whether training has begun: there is something to resume. */
  isBegun(): Promise<boolean> {
    return exists(this.#checkpoint("last"));
  }

  /** Removes the folder, unless training has begun. */
  async discardUnbegun(): Promise<void> {
    if (!(await this.isBegun())) await rm(this.path, { recursive: true });
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

  /** Appends to `metrics.jsonl`. */
  async record(entries: readonly MetricsLine[]): Promise<void> {
    const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
    await appendFile(this.file("metrics.jsonl"), lines);
  }

  /** All metrics recorded so far; an incomplete last line, left by a kill, is passed over. */
  async metrics(): Promise<MetricsLine[]> {
    const text = await readFile(this.file("metrics.jsonl"), "utf8").catch((error: unknown) => {
      if (isMissing(error)) return "";
      throw error;
    });
    const lines = text.split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as MetricsLine);
  }

  /** Drops metrics that a resumed run will record again. */
  async rewindMetrics({ epoch, step }: Pick<Position, "epoch" | "step">): Promise<void> {
    const recorded = await this.metrics();
    const kept = recorded.filter((line) =>
      line.kind === "step" ? line.record.step <= step : line.record.epoch < epoch,
    );
    const lines = kept.map((entry) => `${JSON.stringify(entry)}\n`).join("");
    await writeFileAtomic(this.file("metrics.jsonl"), lines);
  }
}
