/** @module Features on disk: files named by a hash of what they were made of, checked when opened. */

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { UserError } from "../../errors.js";
import { type FloatRows, rowsInFile, rowsInMemory } from "../../tensors/rows.js";
import {
  readSafetensors,
  readSafetensorsHeader,
  writeSafetensors,
} from "../../tensors/safetensors.js";
import { featureFolder, openCache } from "../cache.js";
import { writeWhole } from "../whole.js";

const FORMAT = "balgrad-features-1";
const TENSOR = "features";

/** Features beyond this stay on disk and are read row by row. */
const RESIDENT_BYTES = 256 * 2 ** 20;

const digest = (data: Float32Array): string =>
  createHash("sha256")
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest("hex");

/** Reads a file's features; `null` where there is none, or not a sound one. */
async function readFeatures(
  path: string,
  rows: number,
  size: number,
  keep: boolean,
): Promise<FloatRows | null> {
  const bytes = await readFile(path).catch(() => null);
  if (!bytes) return null;
  try {
    const { tensors, metadata } = readSafetensors(bytes);
    const { shape = [], data } = tensors.get(TENSOR) ?? {};
    if (metadata.format !== FORMAT || !(data instanceof Float32Array)) return null;
    if (shape[0] !== rows || shape[1] !== size || metadata.sha256 !== digest(data)) return null;
    if (keep) return rowsInMemory(size, data);
    const offset = readSafetensorsHeader(bytes).places.get(TENSOR)!.start;
    return rowsInFile({ path, offset, rows, size, type: "float32" });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The features of a run: what is kept is shared with other runs and processes. */
export class FeatureStore {
  #resident = 0;

  private constructor(readonly folder: string) {}

  /** Opens the cache's folder of features. */
  static async open(): Promise<FeatureStore> {
    return new FeatureStore(await openCache(featureFolder()));
  }

  /**
   * Features `[rows, size]` under a name, `null` where they have not been made or are damaged.
   *
   * @param name - Hash of all that they were made of.
   */
  async find(name: string, rows: number, size: number): Promise<FloatRows | null> {
    const keep = this.#resident < RESIDENT_BYTES;
    const found = await readFeatures(this.#path(name), rows, size, keep);
    this.#resident += found?.resident ?? 0;
    return found;
  }

  /**
   * Keeps features `[rows, size]` under a name.
   *
   * @throws {UserError} when they cannot be written.
   */
  async keep(name: string, size: number, data: Float32Array): Promise<FloatRows> {
    const rows = data.length / size;
    const tensor = { dtype: "float32", shape: [rows, size], data } as const;
    const metadata = { format: FORMAT, sha256: digest(data) };
    const bytes = writeSafetensors(new Map([[TENSOR, tensor]]), metadata);
    await writeWhole(this.#path(name), bytes).catch((error: unknown) => {
      throw new UserError(
        `${this.folder}: features cannot be written: ${(error as Error).message}.`,
        "Give a folder with room in the environment variable BALGRAD_CACHE.",
      );
    });
    // Read back, so that what may not stay in memory does not.
    return (await this.find(name, rows, size)) ?? rowsInMemory(size, data);
  }

  #path(name: string): string {
    return join(this.folder, `${name}.safetensors`);
  }
}
