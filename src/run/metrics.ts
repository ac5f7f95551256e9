/** @module `metrics.jsonl`: what a run recorded, a line each, with checksums that are chained. */

import { crc32 } from "node:zlib";

import { z } from "zod";

import { UserError } from "../errors.js";
import { problemOf } from "../files/json.js";
import { digestOf } from "../files/sealed.js";
import type { EpochRecord, Position, StepRecord } from "../train/trainer.js";
import type { RunStore } from "./store.js";
import { numberOrNull, wholeNumber } from "../files/schema.js";

/** What one line of `metrics.jsonl` says. */
export type MetricsLine =
  | { readonly kind: "step"; readonly record: StepRecord }
  | { readonly kind: "epoch"; readonly record: EpochRecord };

const step: z.ZodType<StepRecord> = z
  .object({ step: z.int().min(1), epoch: wholeNumber, learningRate: z.number() })
  .catchall(numberOrNull);

const epoch: z.ZodType<EpochRecord> = z.strictObject({
  epoch: wholeNumber,
  validation: z.record(z.string(), numberOrNull),
  best: z.boolean(),
  seconds: z.number(),
  cpuSeconds: z.number().exactOptional(),
});

// Lines of versions before there were checksums have no `sum`.
const sum = z.string().exactOptional();
const lineSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("step"), record: step, sum }),
  z.strictObject({ kind: z.literal("epoch"), record: epoch, sum }),
]);

type WrittenLine = MetricsLine & { readonly sum?: string };

/** Checksum of a line that follows on one with the checksum `before`. */
const sumOf = ({ kind, record }: MetricsLine, before: number): number =>
  crc32(JSON.stringify({ kind, record }), before);

const written = (sum: number): string => sum.toString(16).padStart(8, "0");

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

const HINT =
  "Restore the file from a copy; without one delete the run's folder, and train it again.";

/** The metrics of a run. */
export class MetricsLog {
  /** Checksum of the last line; `null` before the file was read or written. */
  #sum: number | null = null;

  constructor(readonly store: RunStore) {}

  /** What messages call the file. */
  get path(): string {
    return this.store.locate(METRICS_FILE);
  }

  #damaged(line: number, why: string): UserError {
    return new UserError(`${this.path}, line ${line}: ${why}.`, HINT);
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
    const bytes = await this.store.read(METRICS_FILE);
    const text = bytes ? new TextDecoder().decode(bytes) : "";
    let before = 0;
    let isSummed: boolean | null = null;
    const entries = text
      .split("\n")
      .slice(0, -1)
      .map((line, at) => {
        const { sum, ...entry } = this.#parse(line, at + 1);
        isSummed ??= sum !== undefined;
        before = sumOf(entry, before);
        if (isSummed ? sum !== written(before) : sum !== undefined) {
          throw this.#damaged(at + 1, "the line, or one before it, was changed or is missing");
        }
        return entry;
      });
    this.#sum = before;
    return entries;
  }

  /** A line as it is written: the schema's copy has its keys in another order. */
  #parse(line: string, number: number): WrittenLine {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      throw this.#damaged(number, `not valid JSON: ${(error as Error).message}`);
    }
    const checked = lineSchema.safeParse(value);
    if (checked.success) return value as WrittenLine;
    throw this.#damaged(number, problemOf(checked.error));
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
        HINT,
      );
    }
    const { text, sum } = linesOf(kept, 0);
    await this.store.write(METRICS_FILE, text);
    this.#sum = sum;
  }

  async #bytes(): Promise<Uint8Array> {
    const bytes = await this.store.read(METRICS_FILE);
    if (bytes) return bytes;
    throw new UserError(`${this.path}: no such file.`, HINT);
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
    throw new UserError(`${this.path}: the file was changed since the run was finished.`, HINT);
  }
}
