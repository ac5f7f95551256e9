/** @module Checkpoints: a snapshot of training as a safetensors file with a digest. */

import { readFile } from "node:fs/promises";
import { basename } from "node:path";

import { z } from "zod";

import { UserError } from "../errors.js";
import { systemError, isMissing } from "../system.js";
import {
  readSafetensorsHeader,
  readSealedSafetensors,
  writeSealedSafetensors,
} from "../tensors/safetensors.js";
import type { Snapshot } from "../train/trainer.js";
import { writeFileAtomic } from "../files/atomic.js";

const FAMILY = "balgrad-checkpoint-";
/** Raised when an older reader would misread a newer checkpoint, or the other way round. */
const FORMAT = `${FAMILY}3`;

const position = z.strictObject({
  epoch: z.int(),
  call: z.int(),
  step: z.int(),
  bestEpoch: z.int().nullable(),
  bestFigure: z.number().nullable(),
  sums: z.record(z.string(), z.number()),
  elapsed: z.strictObject({ seconds: z.number(), cpuSeconds: z.number().exactOptional() }),
  spent: z.number().exactOptional(),
  history: z.array(z.record(z.string(), z.number())),
});

/** Writes a checkpoint; an older one at the same path is replaced only when the new one is whole. */
export function writeCheckpoint(path: string, snapshot: Snapshot): Promise<void> {
  const bytes = writeSealedSafetensors(snapshot.state, {
    format: FORMAT,
    position: JSON.stringify(snapshot.position),
  });
  return writeFileAtomic(path, bytes);
}

/** Where to go from a checkpoint that cannot be used. */
const hintFor = (path: string): string =>
  basename(path) === "last.safetensors"
    ? "Copy best.safetensors over it and use --resume to continue from the best epoch, or train again into a new folder."
    : "Train again into a new folder.";

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    if (!isMissing(error)) throw systemError(error, path) ?? error;
    throw new RangeError("no such checkpoint", { cause: error });
  }
}

/** @throws {RangeError} saying what is wrong. */
function snapshotOf(bytes: Uint8Array): Snapshot {
  const { format } = readSafetensorsHeader(bytes).metadata;
  if (format !== FORMAT) {
    throw new RangeError(
      format?.startsWith(FAMILY)
        ? "a checkpoint of another version of balgrad, which this one does not read"
        : "a safetensors file, but no checkpoint of ours, or a damaged one",
    );
  }
  const { tensors, metadata } = readSealedSafetensors(bytes);
  const parsed = position.safeParse(JSON.parse(metadata["position"] ?? "null"));
  if (!parsed.success) throw new RangeError("it does not say where training stood");
  return { position: parsed.data, state: tensors };
}

/**
 * Reads a checkpoint.
 *
 * @throws {UserError} when it is missing, truncated, damaged or something else.
 */
export async function readCheckpoint(path: string): Promise<Snapshot> {
  try {
    return snapshotOf(await bytesOf(path));
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    throw new UserError(`${path}: ${error.message}.`, hintFor(path));
  }
}
