/** @module Features as a data set of their own: a table of samples and a matrix per modality. */

import { join } from "node:path";

import { makeFolder } from "../../system.js";
import { writePieces } from "../../files/atomic.js";
import { FEATURE_FOLDER } from "../../data/sources/featureFolder.js";
import { type Sample, type Split, SPLITS } from "../../data/dataset.js";
import { npyHeader } from "../../tensors/npy.js";
import type { PreparedDataset, PreparedSplit } from "../../prepare/prepared.js";

/** Rows of a `.npy` file: NaN where a sample lacks the modality. */
function* matrix(
  data: PreparedDataset,
  size: number,
  rowOf: (split: PreparedSplit, at: number) => Float32Array | null,
): Iterable<Uint8Array> {
  const missing = new Float32Array(size).fill(NaN);
  yield npyHeader(
    SPLITS.reduce((sum, split) => sum + data[split].size, 0),
    size,
  );
  for (const split of SPLITS) {
    for (let at = 0; at < data[split].size; at++) {
      const { buffer, byteOffset, byteLength } = rowOf(data[split], at) ?? missing;
      yield new Uint8Array(buffer, byteOffset, byteLength);
    }
  }
}

/** Lines of the table: the samples of the splits one after the other. */
function* lines(
  { labelKind, classes }: PreparedDataset,
  samples: Readonly<Record<Split, readonly Sample[]>>,
): Iterable<string> {
  for (const split of SPLITS) {
    for (const { id, text, labels } of samples[split]) {
      const names = labels.map((label) => classes[label]!);
      const label = labelKind === "multi-label" ? names : names[0]!;
      yield `${JSON.stringify({ id, split, label, ...(text !== null && { text }) })}\n`;
    }
  }
}

/**
 * Writes features as a data set of their own, which `openDataset` reads: `samples.jsonl` with `id`, `split`,
 * `label` and `text`, and `image_features.npy` and `text_features.npy` with a row per line.
 *
 * @param samples - Of the splits, in the order of the arrays.
 */
export async function writeFeatureFolder(
  folder: string,
  data: PreparedDataset,
  samples: Readonly<Record<Split, readonly Sample[]>>,
): Promise<void> {
  await makeFolder(folder);
  const { images, texts } = data.train;
  if (images.shape.length === 1) {
    const rows = matrix(data, images.shape[0]!, (split, at) =>
      split.imagePresent[at] ? (split.images.row(at) as Float32Array) : null,
    );
    await writePieces(join(folder, FEATURE_FOLDER.image), rows);
  }
  if (texts.kind === "features") {
    const rows = matrix(data, texts.size, (split, at) =>
      split.textPresent[at] && split.texts.kind === "features" ? split.texts.row(at) : null,
    );
    await writePieces(join(folder, FEATURE_FOLDER.text), rows);
  }
  // Last: a folder without its table is none.
  await writePieces(join(folder, FEATURE_FOLDER.table), lines(data, samples));
}
