/** @module `metrics.jsonl`: what a run recorded, a line each, with checksums that are chained. */

import { UserError } from "../errors.js";
import { digestOf } from "../files/sealed.js";
import type { Position } from "../train/trainer.js";
import { METRICS_HINT, type MetricsLine, MetricsReader, sumOf, written } from "./metricsReader.js";
import type { RunStore } from "./store.js";

/** Lines as they are written, and the checksum of the last one. */
function linesOf(entries: readonly MetricsLine[], before: number): { text: string; sum: number } {
  let sum = before;
  const lines = entries.map((entry) => {
    // Through JSON and back, so that the checksum is of what a reader finds: NaN has become null.
    const plain = JSON.parse(JSON.stringify(entry)) as MetricsLine;
    sum = sumOf(plain, sum);
    return `${JSON.stringify({ ...plain, sum: written(sum) })}\n`;
  });
  return { text: lines.join(""), sum };
}

/** Name of the file of metrics. */
export const METRICS_FILE = "metrics.jsonl";

/** The metrics of a run. */
export class MetricsLog {
  /** Checksum of the last line; `null` before the file was read or written. */
  #sum: number | null = null;

  constructor(readonly store: RunStore) {}

  /** What messages call the file. */
  get path(): string {
    return this.store.locate(METRICS_FILE);
  }

  /** Appends entries. The end of an epoch reaches the disk before this returns. */
  async append(entries: readonly MetricsLine[]): Promise<void> {
    if (this.#sum === null) await this.read();
    const { text, sum } = linesOf(entries, this.#sum ?? 0);
    const isEpoch = entries.some(({ kind }) => kind === "epoch");
    await this.store.append(METRICS_FILE, text, isEpoch);
    this.#sum = sum;
  }

  /**
   * All entries so far; an incomplete last line, left by a kill, is passed over.
   *
   * @throws {UserError} naming the line, when the file is damaged.
   */
  async read(): Promise<MetricsLine[]> {
    const reader = new MetricsReader(this.path);
    const entries = reader.add((await this.store.read(METRICS_FILE)) ?? new Uint8Array());
    this.#sum = reader.sum;
    return entries;
  }

  /**
   * Drops what a resumed run will record again.
   *
   * @throws {UserError} when the file is damaged, or lacks what was recorded before the position.
   */
  async rewind({ epoch, step }: Pick<Position, "epoch" | "step">): Promise<void> {
    const kept = (await this.read()).filter((line) =>
      line.kind === "step" ? line.record.step <= step : line.record.epoch < epoch,
    );
    const steps = kept.filter(({ kind }) => kind === "step").length;
    if (steps !== step || kept.length !== step + epoch) {
      throw new UserError(
        `${this.path}: of ${step} steps and ${epoch} epochs before the checkpoint ${steps} and ${kept.length - steps} are recorded.`,
        METRICS_HINT,
      );
    }
    const { text, sum } = linesOf(kept, 0);
    await this.store.write(METRICS_FILE, text);
    this.#sum = sum;
  }

  /** The file as it is, unchecked; `null` where there is none. */
  async text(): Promise<string | null> {
    const bytes = await this.store.read(METRICS_FILE);
    return bytes && new TextDecoder().decode(bytes);
  }

  async #bytes(): Promise<Uint8Array> {
    const bytes = await this.store.read(METRICS_FILE);
    if (bytes) return bytes;
    throw new UserError(`${this.path}: no such file.`, METRICS_HINT);
  }

  /**
   * Digest of the whole file.
   *
   * @throws {UserError} when it is missing.
   */
  async digest(): Promise<string> {
    return digestOf(await this.#bytes());
  }

  /**
   * Compares the file with a digest that was noted when the run was finished.
   *
   * @throws {UserError} when it is missing or another one.
   */
  async check(digest: string): Promise<void> {
    if ((await this.digest()) === digest) return;
    // The line is named where there is one.
    await this.read();
    throw new UserError(
      `${this.path}: the file was changed since the run was finished.`,
      METRICS_HINT,
    );
  }
}
