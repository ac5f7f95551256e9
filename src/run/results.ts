/** @module The results of a finished run, as a file. */

import { z } from "zod";

import { say, setting, useCase } from "../message.js";
import { awareModel, protocolResult, withLabelKind } from "../evaluate/schema.js";
import { wholeNumber } from "../files/schema.js";
import { sealed, type SealedKind } from "../files/sealed.js";
import type { Environment } from "./environment.js";
import type { RunResult } from "./experiment.js";
import { readSealedFrom, type Run } from "./run.js";

const madeWith: z.ZodType<Environment> = z.strictObject({
  balgrad: z.string(),
  node: z.string(),
  onnxruntime: z.string(),
  system: z.string(),
  processor: z.string(),
  cores: wholeNumber,
});

/** What `results.json` holds. */
interface StoredResult extends RunResult {
  /** Digest of `metrics.jsonl` when the run was finished; older versions noted none. */
  readonly metrics?: string | undefined;
}

const KIND: SealedKind<StoredResult> = {
  what: "the results of a run",
  format: 3,
  older: ({ aware, ...rest }) => ({ ...rest, aware: withLabelKind(aware) }),
  schema: z.strictObject({
    method: z.string(),
    seed: z.int(),
    bestEpoch: z.int(),
    result: protocolResult,
    aware: awareModel,
    // Older versions had none.
    environment: madeWith.exactOptional(),
    metrics: z.string().optional(),
  }),
  hint: say`Delete the file: ${useCase("train", setting("resume", "<run>"))} evaluates its model again.`,
};

/** Name of the file that makes a run finished. */
export const RESULTS_FILE = "results.json";

/** Whether a run is finished. */
export const isFinished = ({ store }: Run): Promise<boolean> => store.has(RESULTS_FILE);

/** Writes a run's results: it is finished. */
export async function writeResults(run: Run, result: RunResult): Promise<void> {
  const stored: StoredResult = { ...result, metrics: await run.metrics.digest() };
  await run.store.write(RESULTS_FILE, sealed(stored, KIND));
}

/**
 * Reads the results of a finished run.
 *
 * @throws {UserError} when they, or the metrics beside them, are missing or damaged.
 */
export async function readResults(run: Run): Promise<RunResult> {
  const { metrics, ...result } = await readSealedFrom(run.store, RESULTS_FILE, KIND);
  if (metrics !== undefined) await run.metrics.check(metrics);
  return result;
}
