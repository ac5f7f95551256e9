/** @module Lines of `metrics.jsonl`, read piece by piece as the file grows. */

import { crc32 } from "node:zlib";

import { z } from "zod";

import { UserError } from "../errors.js";
import { problemOf } from "../files/json.js";
import { numberOrNull, wholeNumber } from "../files/schema.js";
import type { EpochRecord, StepRecord } from "../train/trainer.js";

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
export const sumOf = ({ kind, record }: MetricsLine, before: number): number =>
  crc32(JSON.stringify({ kind, record }), before);

/** A checksum as a line has it. */
export const written = (sum: number): string => sum.toString(16).padStart(8, "0");

/** What to do about a file that is damaged. */
export const METRICS_HINT =
  "Restore the file from a copy; without one delete the run's folder, and train it again.";

/** Reads lines, each checked by the checksum of all before it. */
export class MetricsReader {
  readonly #decoder = new TextDecoder();
  /** The beginning of a line whose end is not there yet. */
  #rest = "";
  #lines = 0;
  #sum = 0;
  #isSummed: boolean | null = null;

  /** @param path - What messages call the file. */
  constructor(readonly path: string) {}

  /** Checksum of the last line. */
  get sum(): number {
    return this.#sum;
  }

  /**
   * Entries of the lines that the next bytes of the file complete.
   *
   * @throws {UserError} naming the line, when the file is damaged.
   */
  add(bytes: Uint8Array): MetricsLine[] {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = lines.pop()!;
    return lines.map((line) => this.#entryOf(line, ++this.#lines));
  }

  #entryOf(line: string, number: number): MetricsLine {
    const { sum, ...entry } = this.#parse(line, number);
    this.#isSummed ??= sum !== undefined;
    this.#sum = sumOf(entry, this.#sum);
    if (this.#isSummed ? sum !== written(this.#sum) : sum !== undefined) {
      throw this.#damaged(number, "the line, or one before it, was changed or is missing");
    }
    return entry;
  }

  #damaged(line: number, why: string): UserError {
    return new UserError(`${this.path}, line ${line}: ${why}.`, METRICS_HINT);
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
}
