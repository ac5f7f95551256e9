/** @module Features on disk: files named by a hash of what they were made of, checked when opened. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { type FloatRows, rowsInFile, rowsInMemory } from "../../tensors/rows.js";
import {
  readSafetensorsHeader,
  readSealedSafetensors,
  writeSealedSafetensors,
} from "../../tensors/safetensors.js";
import { featureFolder, openCache } from "../../prepare/cache.js";
import { touch } from "../../files/room.js";
import { writeWhole } from "../../prepare/cacheFile.js";

const FORMAT = "balgrad-features-2";
const TENSOR = "features";

/** Features beyond this stay on disk and are read row by row. */
const RESIDENT_BYTES = 256 * 2 ** 20;

/** Features of a file's bytes; `null` where they are not sound. */
function featuresOf(
  path: string,
  bytes: Uint8Array,
  rows: number,
  size: number,
  keep: boolean,
): FloatRows | null {
  try {
    const { tensors, metadata } = readSealedSafetensors(bytes);
    const { shape = [], data } = tensors.get(TENSOR) ?? {};
    if (metadata["format"] !== FORMAT || !(data instanceof Float32Array)) return null;
    if (shape[0] !== rows || shape[1] !== size) return null;
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

  private constructor(
    readonly folder: string,
    readonly onDamaged: (path: string) => void,
  ) {}

  /**
   * Opens the cache's folder of features.
   *
   * @param onDamaged - Is told about files that are not sound.
   */
  static async open(onDamaged: (path: string) => void): Promise<FeatureStore> {
    return new FeatureStore(await openCache(featureFolder()), onDamaged);
  }

  /**
   * Features `[rows, size]` under a name, `null` where they have not been made or are damaged.
   *
   * @param name - Hash of all that they were made of.
   */
  async find(name: string, rows: number, size: number): Promise<FloatRows | null> {
    const keep = this.#resident < RESIDENT_BYTES;
    const path = this.#path(name);
    const bytes = await readFile(path).catch(() => null);
    if (!bytes) return null;
    const found = featuresOf(path, bytes, rows, size, keep);
    if (found) await touch(path);
    else this.onDamaged(path);
    this.#resident += found?.resident ?? 0;
    return found;
  }

  /**
   * Keeps features `[rows, size]` under a name.
   *
   * @throws {SystemError} when they cannot be written.
   */
  async keep(name: string, size: number, data: Float32Array): Promise<FloatRows> {
    const rows = data.length / size;
    const tensor = { dtype: "float32", shape: [rows, size], data } as const;
    const bytes = writeSealedSafetensors(new Map([[TENSOR, tensor]]), { format: FORMAT });
    await writeWhole(this.#path(name), bytes);
    // Read back, so that what may not stay in memory does not.
    return (await this.find(name, rows, size)) ?? rowsInMemory(size, data);
  }

  #path(name: string): string {
    return join(this.folder, `${name}.safetensors`);
  }
}
