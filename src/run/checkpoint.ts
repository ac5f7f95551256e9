/** @module Checkpoints: a snapshot of training as a safetensors file with a digest. */

import { basename } from "node:path";

import { z } from "zod";

import { UserError } from "../errors.js";
import {
  readSafetensorsHeader,
  readSealedSafetensors,
  writeSealedSafetensors,
} from "../tensors/safetensors.js";
import type { Snapshot } from "../train/trainer.js";

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

/** A checkpoint as the bytes of a file. */
export const checkpointBytes = ({ state, position }: Snapshot): Uint8Array =>
  writeSealedSafetensors(state, { format: FORMAT, position: JSON.stringify(position) });

/** Where to go from a checkpoint that cannot be used. */
const hintFor = (path: string): string =>
  basename(path) === "last.safetensors"
    ? "Copy best.safetensors over it and resume the run to continue from the best epoch, or train again into a new folder."
    : "Train again into a new folder.";

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
 * @param bytes - Of its file; `null` where there is none.
 * @param path - What messages call the file.
 * @throws {UserError} when it is missing, truncated, damaged or something else.
 */
export function checkpointOf(bytes: Uint8Array | null, path: string): Snapshot {
  try {
    if (!bytes) throw new RangeError("no such checkpoint");
    return snapshotOf(bytes);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    throw new UserError(`${path}: ${error.message}.`, hintFor(path));
  }
}
