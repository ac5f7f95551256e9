/** @module Hateful Memes: pictures with text on them, hateful or not. */

import { join } from "node:path";

import { SOURCE_KINDS } from "../sourceSettings.js";
import { DataError } from "../../errors.js";
import type { DataConfig } from "../config.js";
import type { Split } from "../dataset.js";
import type { Assembly, Draft } from "../drafts.js";
import { IssueLog } from "../issues.js";
import { readJsonl } from "../tables/jsonl.js";
import { cellText, type Row } from "../tables/row.js";
import { firstThere, type Layout } from "./layout.js";
import { exists } from "../../system.js";

const CLASSES: ReadonlyMap<string, string> = new Map([
  ["0", "not-hateful"],
  ["1", "hateful"],
]);

/** File names of a split, the wanted ones first. */
const namesOf = (split: "dev" | "test", { variant }: DataConfig): string[] => {
  const other = variant.memes === "unseen" ? "seen" : "unseen";
  return [`${split}_${variant.memes}.jsonl`, `${split}.jsonl`, `${split}_${other}.jsonl`];
};

/** The folder with the tables: the given one, or `data` in it. */
async function rootOf(folder: string): Promise<string | undefined> {
  for (const root of [folder, join(folder, "data")]) {
    const dev = await firstThere(root, "dev.jsonl", "dev_seen.jsonl", "dev_unseen.jsonl");
    if (
      dev !== undefined &&
      (await exists(join(root, "train.jsonl"))) &&
      (await exists(join(root, "img")))
    ) {
      return root;
    }
  }
  return undefined;
}

function draftOf(root: string, row: Row, split: Split, issues: IssueLog): Draft | null {
  const label = CLASSES.get(cellText(row, "label") ?? "");
  if (label === undefined) {
    issues.skip("label-missing", row.where, "the label is neither 0 nor 1");
    return null;
  }
  // File names have leading zeros that ids lack: the name is given, never made of the id.
  const file = cellText(row, "img");
  return {
    id: cellText(row, "id") ?? row.where,
    where: row.where,
    image: file === null ? null : { kind: "file", path: join(root, file), root },
    text: cellText(row, "text"),
    labels: [label],
    split,
  };
}

async function read(folder: string, config: DataConfig): Promise<Assembly> {
  const root = await rootOf(folder);
  if (root === undefined) throw new DataError(`${folder}: not Hateful Memes.`);
  const issues = new IssueLog();
  const read = (path: string): Promise<Row[]> => readJsonl(path, { issues, onBad: config.onBad });
  const labelled = (rows: readonly Row[]): boolean => rows.some((row) => row.cells.has("label"));
  const devPath = (await firstThere(root, ...namesOf("dev", config)))!;
  const testPath = await firstThere(root, ...namesOf("test", config));
  const [train, dev] = [await read(join(root, "train.jsonl")), await read(devPath)];
  const test = testPath === undefined ? [] : await read(testPath);
  const hidden = !labelled(test);
  if (hidden) {
    const what =
      testPath === undefined ? "there is no test file" : "the test labels are not published";
    const message = `${what}: the dev split tests, and validation is cut from training`;
    issues.add("test-hidden", testPath ?? root, message, "kept");
  }
  const drafts = (rows: readonly Row[], split: Split): Draft[] =>
    rows.flatMap((row) => draftOf(root, row, split, issues) ?? []);
  const parts = hidden
    ? [drafts(train, "train"), drafts(dev, "test")]
    : [drafts(train, "train"), drafts(dev, "validation"), drafts(test, "test")];
  const used = ["train.jsonl", devPath, ...(hidden ? [] : [testPath])].join(", ");
  const origin = `Hateful Memes: ${used}`;
  return {
    ...{ name: "hateful-memes", labelKind: "single-label", score: "auroc" },
    ...{ drafts: parts.flat(), issues, origin },
  };
}

/**
 * Hateful Memes, both phases' names. By default `dev_unseen` validates and `test_unseen` tests, as MMF
 * has it; `data.variant.memes = "seen"` takes the others. Judged by AUROC and accuracy.
 *
 * Source: Kiela et al., "The Hateful Memes Challenge", NeurIPS 2020.
 */
export const hatefulMemes: Layout = {
  name: "hateful-memes",
  kind: SOURCE_KINDS.hatefulMemes,
  summary: "Hateful Memes: two classes",
  expects: "train.jsonl, dev*.jsonl, test*.jsonl and img/",
  detect: async (folder) => (await rootOf(folder)) !== undefined,
  read,
};
