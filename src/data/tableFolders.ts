/** @module Tables of a folder: one, or one or more per split, perhaps within a configuration's folder. */

import { open, readdir } from "node:fs/promises";
import { extname, join } from "node:path";

import { DataError } from "../errors.js";
import type { IssueLog } from "./issues.js";
import { fileError } from "./regularFile.js";
import { METADATA } from "./sources/folder/tree.js";
import { splitOfName } from "./splitWords.js";
import type { TableFile } from "./table.js";
import { isTable } from "./tables/read.js";

/** What challenges call an example of an answer: its labels are made up. */
const isSubmission = (name: string): boolean => /submission/i.test(name);

const isMetadata = (name: string): boolean => (METADATA as readonly string[]).includes(name);

const isHidden = (name: string): boolean => /^(?:\.|__)/.test(name);

/** `train.csv`, or `train-00000-of-00002.parquet`. */
const splitOfFile = (name: string) => splitOfName(/^[a-z]+/i.exec(name)?.[0] ?? "") ?? null;

/** Whether a JSON file holds a list: others describe a data set, or one sample. */
async function isList(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const start = Buffer.alloc(256);
    const { bytesRead } = await file.read(start, 0, start.length, 0);
    return /^\uFEFF?\s*\[/.test(start.toString("utf8", 0, bytesRead));
  } finally {
    await file.close();
  }
}

interface Listing {
  readonly folder: string;
  /** Names of tables, but for metadata of pictures. */
  readonly tables: readonly string[];
  readonly metadata: readonly string[];
  readonly folders: readonly string[];
}

/** Tables and folders in a folder; none where there is no such folder. */
async function listing(folder: string): Promise<Listing> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw fileError(folder, error);
  });
  const names = entries
    .filter(({ name }) => !isHidden(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const files = names.filter((entry) => entry.isFile() || entry.isSymbolicLink());
  const tables: string[] = [];
  for (const { name } of files) {
    const isJson = extname(name).toLowerCase() === ".json";
    const isData = isJson ? await isList(join(folder, name)) : isTable(name);
    if (isData && !isMetadata(name)) tables.push(name);
  }
  return {
    folder,
    tables,
    metadata: files.map(({ name }) => name).filter(isMetadata),
    folders: names.filter((entry) => entry.isDirectory()).map(({ name }) => name),
  };
}

/** Tables in folders that are called by splits: `train/0000.parquet`. */
async function inSplitFolders({ folder, folders }: Listing): Promise<TableFile[]> {
  const found = folders.map(async (name): Promise<TableFile[]> => {
    const split = splitOfName(name);
    if (split === undefined) return [];
    const { tables } = await listing(join(folder, name));
    return tables.map((table) => ({ path: join(folder, name, table), split }));
  });
  return (await Promise.all(found)).flat();
}

/** Stops where a split is there in two formats: its samples would count twice. */
function checkedFormats(files: readonly TableFile[]): readonly TableFile[] {
  for (const { split, path } of files) {
    const other = files.find((one) => one.split === split && extname(one.path) !== extname(path));
    if (other && split !== null) {
      throw new DataError(
        `${path} and ${other.path} both hold the ${split} split, in two formats.`,
        "Keep one of them in the folder, or give a table by its own path.",
      );
    }
  }
  return files;
}

function passOver(issues: IssueLog, path: string, what: string): void {
  issues.add("table-passed-over", path, `${what}: passed over`, "noted");
}

/** Tables directly in a folder or in its folders of splits. */
async function tablesAt(
  folder: string,
  withMetadata: boolean,
  issues: IssueLog,
): Promise<readonly TableFile[]> {
  const list = await listing(folder);
  const data = list.tables.filter((name) => !isSubmission(name));
  const names = data.length > 0 ? data : list.tables;
  for (const name of list.tables.filter((one) => !names.includes(one))) {
    passOver(issues, join(folder, name), "an example of a challenge's answer, not data");
  }
  const split = await inSplitFolders(list);
  const files = names.map((name) => ({ path: join(folder, name), split: splitOfFile(name) }));
  const odd = files.find((file) => file.split === null);
  if (split.length === 0 && files.length + list.metadata.length === 1) {
    const [name] = withMetadata ? [...names, ...list.metadata] : names;
    return name === undefined ? [] : [{ path: join(folder, name), split: null }];
  }
  if (odd || (files.length === 0 && withMetadata && list.metadata.length > 1)) {
    const all = [...files, ...split].map(({ path }) => path.slice(folder.length + 1));
    throw new DataError(
      `${folder}: the folder has several tables: ${[...all, ...list.metadata].join(", ")}.`,
      `Give one of them, or name each by its split${odd ? `; ${odd.path.slice(folder.length + 1)} is none` : ""}.`,
    );
  }
  if (files.length + split.length > 0) {
    for (const name of list.metadata) {
      passOver(issues, join(folder, name), "metadata beside tables of splits");
    }
  }
  return checkedFormats([...files, ...split]);
}

/** Tables of splits in the folders of configurations, as `default/train/0000.parquet`. */
async function inConfigurations(folder: string): Promise<readonly TableFile[]> {
  const { folders } = await listing(folder);
  const found: { readonly name: string; readonly files: readonly TableFile[] }[] = [];
  for (const name of folders.filter((one) => splitOfName(one) === undefined)) {
    const list = await listing(join(folder, name));
    const named = list.tables.map((table) => ({
      path: join(folder, name, table),
      split: splitOfFile(table),
    }));
    const files = [...named, ...(await inSplitFolders(list))];
    if (files.length > 0 && files.every(({ split }) => split !== null)) found.push({ name, files });
  }
  if (found.length > 1) {
    throw new DataError(
      `${folder}: the folder has several configurations: ${found.map(({ name }) => name).join(", ")}.`,
      `Give one of them, for example ${join(folder, found[0]!.name)}.`,
    );
  }
  return checkedFormats(found[0]?.files ?? []);
}

/**
 * The tables of a folder: in it, in its `data` folder, or in the only folder of a configuration.
 *
 * @param withMetadata - Whether `metadata.csv` and the like count, which describe pictures elsewhere.
 * @returns None where there are none.
 * @throws {DataError} where several tables or configurations cannot be told apart by splits.
 */
export async function findTables(
  folder: string,
  withMetadata: boolean,
  issues: IssueLog,
): Promise<readonly TableFile[]> {
  const inner = join(folder, "data");
  for (const place of [folder, inner]) {
    const files = await tablesAt(place, withMetadata, issues);
    if (files.length > 0) return files;
  }
  for (const place of [folder, inner]) {
    const files = await inConfigurations(place);
    if (files.length > 0) return files;
  }
  return [];
}
