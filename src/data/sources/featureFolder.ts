/** @module A folder of features as `balgrad encode --out` writes it. */

import { basename, join } from "node:path";

import { SOURCE_KINDS } from "../sourceSettings.js";
import { say, setting, useCase } from "../../message.js";
import { readTables } from "../table.js";
import { firstThere, type Layout } from "./layout.js";
import { exists } from "../../system.js";

/** Names of the folder's files. */
export const FEATURE_FOLDER = {
  /** A line per sample: `id`, `split`, `label`, and `text` where there is one. */
  table: "samples.jsonl",
  /** `[samples, length]`, rows in the table's order, NaN where the modality is missing. */
  image: "image_features.npy",
  text: "text_features.npy",
} as const;

/** Precomputed features or those of `balgrad encode`, with their table. */
export const featureFolder: Layout = {
  name: "features",
  kind: SOURCE_KINDS.tables,
  summary: say`Features with their samples, as ${useCase("encode", setting("out"))} writes them`,
  expects: `${FEATURE_FOLDER.table}, and ${FEATURE_FOLDER.image} or ${FEATURE_FOLDER.text}`,
  async detect(folder) {
    const { table, image, text } = FEATURE_FOLDER;
    return (
      (await exists(join(folder, table))) && (await firstThere(folder, image, text)) !== undefined
    );
  },
  async read(folder, config) {
    const features = {
      image: config.features.image ?? (await firstThere(folder, FEATURE_FOLDER.image)),
      text: config.features.text ?? (await firstThere(folder, FEATURE_FOLDER.text)),
    };
    const table = { path: join(folder, FEATURE_FOLDER.table), split: null };
    return readTables(basename(folder), [table], { ...config, features });
  },
};
