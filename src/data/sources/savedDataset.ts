/** @module A folder that Hugging Face `datasets` wrote with `save_to_disk`. */

import { basename, join } from "node:path";

import { z } from "zod";

import { SOURCE_KINDS } from "../sourceSettings.js";
import { DataError } from "../../errors.js";
import type { Assembly } from "../drafts.js";
import type { Split } from "../dataset.js";
import { IssueLog } from "../issues.js";
import { splitOfName } from "../splitWords.js";
import { readTables, type TableFile } from "../table.js";
import { allThere, type Layout, type SourceConfig, readJsonFile } from "./layout.js";
import { exists } from "../../system.js";

const [STATE, SPLITS] = ["state.json", "dataset_dict.json"] as const;

// A name, not a path: files lie beside the list.
const fileName = z.string().refine((name) => basename(name) === name);

const stateSchema = z.looseObject({ _data_files: z.array(z.looseObject({ filename: fileName })) });

const splitsSchema = z.looseObject({ splits: z.array(fileName) });

async function filesIn(folder: string, split: Split | null): Promise<TableFile[]> {
  const { _data_files: files } = await readJsonFile(join(folder, STATE), stateSchema);
  if (files.length === 0)
    throw new DataError(`${join(folder, STATE)}: it names no file with rows.`);
  return files.map(({ filename }) => ({ path: join(folder, filename), split }));
}

async function read(folder: string, config: SourceConfig): Promise<Assembly> {
  const issues = new IssueLog();
  if (!(await exists(join(folder, SPLITS)))) {
    return readTables(basename(folder), await filesIn(folder, null), config, issues);
  }
  const { splits } = await readJsonFile(join(folder, SPLITS), splitsSchema);
  const files: TableFile[] = [];
  for (const name of splits) {
    const split = splitOfName(name);
    if (split) files.push(...(await filesIn(join(folder, name), split)));
    else {
      const message = `the split "${name}" is none of train, validation and test: passed over`;
      issues.add("table-passed-over", join(folder, name), message, "noted");
    }
  }
  if (files.length === 0) {
    throw new DataError(
      `${folder}: none of its splits is train, validation or test: ${splits.join(", ")}.`,
      `Give the folder of one of them: its splits are then drawn.`,
    );
  }
  return readTables(basename(folder), files, config, issues);
}

/** Data sets as `save_to_disk` writes them: Arrow files, one folder per split or none. */
export const savedDataset: Layout = {
  name: "saved-dataset",
  kind: SOURCE_KINDS.tables,
  summary: "a data set of Hugging Face datasets, written by save_to_disk",
  expects: `${SPLITS} with a folder per split, or ${STATE} and dataset_info.json`,
  detect: async (folder) =>
    (await exists(join(folder, SPLITS))) || (await allThere(folder, STATE, "dataset_info.json")),
  read,
};
