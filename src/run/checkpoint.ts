/** @module Checkpoints: a snapshot of training as a safetensors file with a digest. */

import { basename } from "node:path";

import { z } from "zod";

import { UserError } from "../errors.js";
import { otherFormat, otherFormatHint } from "../files/format.js";
import { checkedJson, parseJson } from "../files/json.js";
import {
  readSafetensorsHeader,
  readSealedSafetensors,
  writeSealedSafetensors,
} from "../tensors/safetensors.js";
import type { Snapshot } from "../train/trainer.js";

const FAMILY = "balgrad-checkpoint-";
/** Raised when an older reader would misread a newer checkpoint, or the other way round. */
const FORMAT = 4;
/** Counts calls of several steps: what was written at the end of an epoch is the same. */
const EARLIER = 3;

const position = z.strictObject({
  epoch: z.int(),
  call: z.int(),
  step: z.int(),
  bestEpoch: z.int().nullable(),
  bestFigure: z.number().nullable(),
  sums: z.record(z.string(), z.number()),
  elapsed: z.strictObject({ seconds: z.number(), cpuSeconds: z.number().exactOptional() }),
  parts: z
    .array(z.strictObject({ metrics: z.record(z.string(), z.number()), share: z.number() }))
    .exactOptional(),
  spent: z.number().exactOptional(),
  // JSON writes a figure that is not defined, such as a ranking without positives, as null.
  history: z.array(
    z.record(
      z.string(),
      z
        .number()
        .nullable()
        .transform((figure) => figure ?? NaN),
    ),
  ),
});

/** A checkpoint as the bytes of a file. */
export const checkpointBytes = ({ state, position }: Snapshot): Uint8Array =>
  writeSealedSafetensors(state, {
    format: `${FAMILY}${FORMAT}`,
    position: JSON.stringify(position),
  });

/** What to do about a checkpoint that is damaged. */
const hintFor = (path: string): string =>
  basename(path) === "last.safetensors"
    ? "Copy best.safetensors over it and resume the run to continue from the best epoch, or train again into a new folder."
    : "Train again into a new folder.";

/**
 * @throws {UserError} for the format of another version.
 * @throws {RangeError} for what is no checkpoint.
 */
function checkFormat(stated: string | undefined, path: string): number {
  const format = stated?.startsWith(FAMILY) ? Number(stated.slice(FAMILY.length)) : NaN;
  if (format === FORMAT || format === EARLIER) return format;
  if (Number.isNaN(format)) {
    throw new RangeError("a safetensors file, but no checkpoint of ours, or a damaged one");
  }
  const hint = otherFormatHint(format, FORMAT, "Or train again into a new folder.");
  throw new UserError(`${path}: ${otherFormat(format, FORMAT)} (a checkpoint).`, hint);
}

/** @throws {RangeError} saying what is wrong, and {@link UserError} for another format or a wrong field. */
function snapshotOf(bytes: Uint8Array, path: string): Snapshot {
  const format = checkFormat(readSafetensorsHeader(bytes).metadata["format"], path);
  const { tensors, metadata } = readSealedSafetensors(bytes);
  const kind = { what: "where training stood", hint: hintFor(path), schema: position };
  const stated = parseJson(metadata["position"] ?? "null", path, kind);
  const checked = checkedJson(stated, path, kind);
  if (format === EARLIER && checked.call > 0) {
    throw new RangeError("an epoch that an earlier version began, which this one cannot continue");
  }
  return { position: checked, state: tensors };
}

/**
 * Reads a checkpoint.
 *
 * @param bytes - Of its file; `null` where there is none.
 * @param path - What messages call the file.
 * @throws {UserError} when it is missing, truncated, damaged, of another version or something else.
 */
export function checkpointOf(bytes: Uint8Array | null, path: string): Snapshot {
  try {
    if (!bytes) throw new RangeError("no such checkpoint");
    return snapshotOf(bytes, path);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(`${path}: ${error.message}.`, hintFor(path));
  }
}
