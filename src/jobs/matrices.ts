/** @module Feature vectors that a data set brings along, as objects that machines share. */

import { createHash } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { z } from "zod";

import type { Dataset, FeatureSource, Modality } from "../data/dataset.js";
import { sha256, wholeNumber } from "../files/schema.js";
import type { ObjectStore } from "../objects/objectStore.js";
import { statOf } from "../system.js";
import { scanRows } from "../tensors/rows.js";
import type { Downloads } from "./downloads.js";

/** Schema of {@link StoredMatrix}. */
export const storedMatrix = z.strictObject({
  digest: sha256,
  rows: wholeNumber,
  size: wholeNumber,
});

/** Rows of 32-bit floats, little-endian, one after the other. */
export type StoredMatrix = z.infer<typeof storedMatrix>;

const keyOf = ({ digest }: StoredMatrix): string => `matrices/${digest}`;

/** A modality's vectors of a data set, row by row, and which row is whose; `null` where a sample has none. */
export interface PublishedMatrix {
  readonly matrix: StoredMatrix;
  readonly rowOf: (sample: number) => number | null;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Writes vectors into a file; gives what they are. */
async function writeRows(
  path: string,
  sources: readonly (FeatureSource | null)[],
  size: number,
): Promise<StoredMatrix> {
  const file = await open(path, "w");
  const hash = createHash("sha256");
  let rows = 0;
  try {
    for (const source of sources) {
      if (!source) continue;
      const bytes = bytesOf(source.row());
      hash.update(bytes);
      await file.writeFile(bytes);
      rows++;
    }
  } finally {
    await file.close();
  }
  return { digest: hash.digest("hex"), rows, size };
}

/** Publishes the vectors that a data set's samples bring for a modality; `null` where they bring none. */
export async function publishMatrix(
  store: ObjectStore,
  { samples, features }: Dataset,
  side: Modality,
): Promise<PublishedMatrix | null> {
  const size = features?.[side];
  if (size === undefined) return null;
  const sources = samples.map((sample) => sample.features?.[side] ?? null);
  const folder = await mkdtemp(join(tmpdir(), "balgrad-matrix-"));
  try {
    const path = join(folder, "rows");
    const matrix = await writeRows(path, sources, size);
    const { rows } = matrix;
    const isThere = (await store.size(keyOf(matrix))) === 4 * rows * size;
    if (!isThere) await store.writeFile(keyOf(matrix), path);
    let next = 0;
    const places = sources.map((source) => (source ? next++ : null));
    return { matrix, rowOf: (sample) => places[sample]! };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Brings published vectors here; gives the source of each row.
 *
 * @throws {StoreError} where they are missing or damaged.
 */
export async function openMatrix(
  downloads: Downloads,
  matrix: StoredMatrix,
): Promise<(row: number) => FeatureSource> {
  const { rows, size, digest } = matrix;
  const key = keyOf(matrix);
  const path = await downloads.file(key);
  if ((await statOf(path))?.size !== 4 * rows * size) throw await downloads.damaged(key);
  const hash = createHash("sha256");
  const values = scanRows({ path, offset: 0, rows, size, type: "float32" }, (row) => {
    hash.update(bytesOf(row));
  });
  if (hash.digest("hex") !== digest) throw await downloads.damaged(key);
  return (at) => ({ identity: `${digest}#${at}`, row: () => values.row(at) });
}
