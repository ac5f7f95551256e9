/** @module Small folders of pictures and what is read of them. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import sharp from "sharp";

import { dataConfig } from "../../src/data/config.js";
import { type Dataset, samplesOf, SPLITS } from "../../src/data/dataset.js";
import { openDataset } from "../../src/data/open.js";
import { temporaryFolder } from "../support/cli.js";
import { shown } from "../support/words.js";

/** A picture, each number another colour. */
export const picture = (at: number, format: "png" | "jpeg" | "webp" = "png"): Promise<Buffer> =>
  sharp({
    create: { width: 4, height: 3, channels: 3, background: { r: at % 256, g: 90, b: 30 } },
  })
    .toFormat(format)
    .toBuffer();

/** Writes files below a new folder; a number stands for a picture. */
export async function folderOf(
  files: Readonly<Record<string, string | Uint8Array | number>>,
): Promise<string> {
  const folder = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(
      join(folder, path),
      typeof content === "number" ? await picture(content) : content,
    );
  }
  return folder;
}

/** Opens a folder as the command line does. */
export const open = (source: string, more: object = {}): Promise<Dataset> =>
  openDataset(dataConfig.parse({ source, ...more }));

/** Numbers of samples per split. */
export const sizes = (dataset: Dataset): number[] =>
  SPLITS.map((split) => samplesOf(dataset, split).length);

/** Label, text and picture's path below the folder of each sample, sorted. */
export const rowsOf = (dataset: Dataset, folder: string): string[] =>
  dataset.samples
    .map(({ image, text, labels, split }) => {
      const names = labels.map((label) => dataset.classes[label]).join("+");
      const path =
        image?.kind === "file" ? image.path.slice(folder.length + 1) : (image?.kind ?? "-");
      return `${split} ${names} ${path} ${text ?? "-"}`;
    })
    .sort();

/** Messages of the issues of one kind. */
export const messages = ({ issues }: Dataset, kind: string): string[] =>
  issues.filter((issue) => issue.kind === kind).map(({ message }) => shown(message));
