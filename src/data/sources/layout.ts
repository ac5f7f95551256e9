/** @module Published data sets: recognised by their files, read as they are distributed. */

import { readdir } from "node:fs/promises";
import { extname, join } from "node:path";

import { z } from "zod";

import type { SourceKind } from "../sourceSettings.js";
import { DataError } from "../../errors.js";
import { readChecked } from "../../files/json.js";
import type { Text } from "../../message.js";
import type { DataConfig } from "../config.js";
import type { Assembly } from "../drafts.js";
import type { TrainedColumns } from "../trainedColumns.js";
import { exists } from "../../system.js";

/** How data are read. */
export interface SourceConfig extends DataConfig {
  /** Whether samples need no labels: tables are read without them, folders of pictures whatever they are called. */
  readonly withoutLabels?: boolean;
  /** Columns that the tables of a training had; default: none. */
  readonly trained?: TrainedColumns | undefined;
}

/** A way in which a data set lies on disk. */
export interface Layout {
  /** Name on the command line, as in `food101:/data/food101`. */
  readonly name: string;
  /** One line for lists. */
  readonly summary: Text;
  /** Which settings it has. */
  readonly kind: SourceKind;
  /** Files that the layout has, for messages. */
  readonly expects: string;
  /** Whether a folder looks like it. */
  readonly detect: (folder: string) => Promise<boolean>;
  /**
   * Reads it.
   *
   * @throws {DataError} where files are missing or malformed; single bad samples become issues.
   */
  readonly read: (folder: string, config: SourceConfig) => Promise<Assembly>;
}

/** Whether all of some files are there. */
export async function allThere(folder: string, ...paths: string[]): Promise<boolean> {
  const found = await Promise.all(paths.map((path) => exists(join(folder, path))));
  return found.every(Boolean);
}

/** The first of some paths that is there. */
export async function firstThere(folder: string, ...paths: string[]): Promise<string | undefined> {
  for (const path of paths) if (await exists(join(folder, path))) return join(folder, path);
  return undefined;
}

const IMAGE_ENDINGS = [
  ...[".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg", ".png", ".apng", ".gif", ".webp", ".avif"],
  ...[".tif", ".tiff", ".bmp", ".dib", ".svg", ".svgz"],
  // Named when they are decoded: they cannot be read.
  ...[".heic", ".heif", ".jxl", ".jp2"],
];

/** Whether a file name looks like a picture's. */
export const isImage = (name: string): boolean =>
  IMAGE_ENDINGS.includes(extname(name).toLowerCase());

/** Names of the folders in a folder, in order; none where there is no such folder. */
export async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Names of the files in a folder, in order; none where there is no such folder. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Lists of names under the names of splits. */
export const namesBySplit = z.record(z.string(), z.array(z.string()));

/** A JSON object of whatever values. */
export const jsonObject = z.record(z.string(), z.unknown());

/**
 * Reads a JSON file of a published data set.
 *
 * @throws {DataError} where it is missing, malformed or not what was expected.
 */
export const readJsonFile = <T>(path: string, schema: z.ZodType<T>): Promise<T> =>
  readChecked(path, { what: "a file of the data set", schema, error: DataError });
