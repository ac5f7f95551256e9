/** @module Checkpoints: a snapshot of training as a safetensors file with a digest. */

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

import { z } from "zod";

import { UserError } from "../errors.js";
import { readSafetensors, writeSafetensors } from "../tensors/safetensors.js";
import type { Position, Snapshot } from "../train/trainer.js";
import type { TrainingState } from "../train/step.js";
import { isMissing, writeFileAtomic } from "./files.js";

const FAMILY = "balgrad-checkpoint-";
/** Raised when an older reader would misread a newer checkpoint, or the other way round. */
const FORMAT = `${FAMILY}2`;

const position = z.strictObject({
  epoch: z.int(),
  call: z.int(),
  step: z.int(),
  bestEpoch: z.int().nullable(),
  bestFigure: z.number().nullable(),
  sums: z.record(z.string(), z.number()),
  elapsed: z.strictObject({ seconds: z.number(), cpuSeconds: z.number().exactOptional() }),
  history: z.array(z.record(z.string(), z.number())),
});

/** Digest of names, shapes and values, so that a damaged file is told from a good one. */
function digest(state: TrainingState): string {
  const hash = createHash("sha256");
  for (const [name, { shape, data }] of [...state].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name} ${shape.join(",")} `);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}

/** Writes a checkpoint; an older one at the same path is replaced only when the new one is whole. */
export function writeCheckpoint(path: string, snapshot: Snapshot): Promise<void> {
  const bytes = writeSafetensors(snapshot.state, {
    format: FORMAT,
    position: JSON.stringify(snapshot.position),
    sha256: digest(snapshot.state),
  });
  return writeFileAtomic(path, bytes);
}

/**
 * Reads a checkpoint.
 *
 * @throws {UserError} when it is missing, truncated, damaged or something else.
 */
export async function readCheckpoint(path: string): Promise<Snapshot> {
  const hint = "Use another checkpoint of the run, or train again into a new folder.";
  const fail = (reason: string): UserError => new UserError(`${path}: ${reason}.`, hint);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw isMissing(error)
      ? fail("no such checkpoint")
      : fail(`cannot be read: ${(error as Error).message}`);
  }
  let contents: ReturnType<typeof readSafetensors>;
  try {
    contents = readSafetensors(bytes);
  } catch (error) {
    throw fail(`not a usable checkpoint: ${(error as Error).message}`);
  }
  const { tensors, metadata } = contents;
  if (metadata.format?.startsWith(FAMILY) && metadata.format !== FORMAT) {
    throw fail("a checkpoint of another version of balgrad");
  }
  if (metadata.format !== FORMAT) throw fail("a safetensors file, but no checkpoint of ours");
  if (metadata.sha256 !== digest(tensors))
    throw fail("the values do not match their digest: the file is damaged");
  const parsed: Position = position.parse(JSON.parse(metadata.position ?? "null"));
  return { position: parsed, state: tensors };
}
