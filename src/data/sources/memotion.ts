/** @module Memotion 7k: memes, the text on them, and how they are meant. */

import { join } from "node:path";

import { SOURCE_KINDS } from "../sourceSettings.js";
import { DataError } from "../../errors.js";
import type { DataConfig } from "../config.js";
import type { ImageSource, Split } from "../dataset.js";
import type { Assembly, Draft } from "../drafts.js";
import { IssueLog } from "../issues.js";
import { readRows } from "../tables/read.js";
import { cellText, type Row } from "../tables/row.js";
import { filesIn, firstThere, type Layout } from "./layout.js";
import { exists } from "../../system.js";

type Target = DataConfig["variant"]["target"];

/** The labels of each target, in the order of the test file's digits. */
const LABELS: Readonly<Record<Target, readonly string[]>> = {
  humour: ["not_funny", "funny", "very_funny", "hilarious"],
  sarcasm: ["not_sarcastic", "general", "twisted_meaning", "very_twisted"],
  offensive: ["not_offensive", "slight", "very_offensive", "hateful_offensive"],
  motivational: ["not_motivational", "motivational"],
  overall_sentiment: ["negative", "neutral", "positive"],
};

const DIGITS: readonly Target[] = ["humour", "sarcasm", "offensive", "motivational"];

/** The label of a training cell; `very_positive` and `very_negative` count as the plain ones. */
function labelOf(cell: string | null, target: Target): string | undefined {
  const word = target === "overall_sentiment" ? cell?.replace(/^very_/, "") : cell;
  return LABELS[target].find((label) => label === word);
}

/** The label of a ground truth such as `-1_1010_2110`: sentiment, four bits, four degrees. */
export function testLabel(truth: string, target: Target): string | undefined {
  const [, sentiment, degrees = ""] = /^(-?1|0)_\d{4}_(\d{4})$/.exec(truth.trim()) ?? [];
  if (sentiment === undefined) return undefined;
  if (target === "overall_sentiment") return LABELS[target][Number(sentiment) + 1];
  const degree = degrees[DIGITS.indexOf(target)];
  return degree === undefined ? undefined : LABELS[target][Number(degree)];
}

/** Pictures of a folder by lower-case name: tables and files differ in case. */
async function picturesIn(folder: string): Promise<(name: string) => ImageSource | null> {
  const files = new Map((await filesIn(folder)).map((name) => [name.toLowerCase(), name]));
  return (name) => {
    const file = files.get(name.toLowerCase());
    return file === undefined ? null : { kind: "file", path: join(folder, file), root: folder };
  };
}

/** The value of the first column whose name matches. */
function cell(row: Row, name: RegExp): string | null {
  const column = [...row.cells.keys()].find((candidate) => name.test(candidate));
  return cellText(row, column);
}

interface Part {
  readonly rows: readonly Row[];
  readonly split: Split | null;
  readonly pictures: (name: string) => ImageSource | null;
  readonly label: (row: Row) => string | undefined;
}

function draftsOf({ rows, split, pictures, label }: Part, issues: IssueLog): Draft[] {
  return rows.flatMap((row): Draft[] => {
    const name = cell(row, /^image_?name$/i);
    if (name === null) {
      issues.skip("row-broken", row.where, "no picture's name");
      return [];
    }
    const found = label(row);
    if (found === undefined) {
      issues.skip("label-unknown", row.where, `no known label for ${name}`);
      return [];
    }
    const image = pictures(name);
    if (!image) issues.add("image-missing", row.where, `no file ${name}`, "modality-missing");
    const text = cell(row, /corrected/i) ?? cell(row, /ocr/i);
    return [{ id: name, where: row.where, image, text, labels: [found], split }];
  });
}

/** The folder with the training table: the given one, or one below. */
const trainingFolder = async (folder: string): Promise<string | undefined> => {
  for (const inner of ["memotion_dataset_7k", "."]) {
    const root = join(folder, inner);
    const table = await firstThere(root, "labels.csv", "labels.xlsx");
    if (table !== undefined && (await exists(join(root, "images")))) return root;
  }
  return undefined;
};

/** The published test split, where it is there with its ground truth. */
async function testPart(
  folder: string,
  { variant, onBad }: DataConfig,
  issues: IssueLog,
): Promise<Part | null> {
  const root = await firstThere(folder, "memotion_test_data/test_data", "test_data");
  if (root === undefined) return null;
  const files = await filesIn(root);
  // Some copies have a space in the name.
  const truths = files.find((name) => /groundtruth\s*\.(csv|xlsx)$/i.test(name));
  const table = files.find((name) => /testdata\s*\.(csv|xlsx)$/i.test(name));
  if (truths === undefined || table === undefined) return null;
  const read = (name: string): Promise<Row[]> => readRows(join(root, name), { issues, onBad });
  const truth = new Map(
    (await read(truths)).map((row) => [cell(row, /^image_?name$/i), cell(row, /label/i) ?? ""]),
  );
  return {
    rows: await read(table),
    split: "test",
    pictures: await picturesIn(join(root, "2000_data")),
    label: (row) => testLabel(truth.get(cell(row, /^image_?name$/i)) ?? "", variant.target),
  };
}

async function read(folder: string, config: DataConfig): Promise<Assembly> {
  const root = await trainingFolder(folder);
  if (root === undefined) throw new DataError(`${folder}: not Memotion 7k.`);
  const issues = new IssueLog();
  const { target } = config.variant;
  const path = (await firstThere(root, "labels.csv", "labels.xlsx"))!;
  const test = await testPart(folder, config, issues);
  const train: Part = {
    rows: await readRows(path, { issues, onBad: config.onBad }),
    split: test ? "train" : null,
    pictures: await picturesIn(join(root, "images")),
    label: (row) => labelOf(cellText(row, target), target),
  };
  const drafts = [train, ...(test ? [test] : [])].flatMap((part) => draftsOf(part, issues));
  const origin = `Memotion 7k, ${target}: ${path}${test ? " and the published test split" : ""}`;
  return {
    ...{ name: `memotion:${target}`, labelKind: "single-label", score: "macroF1" },
    ...{ drafts, issues, origin },
  };
}

/**
 * Memotion 7k with its labels table as CSV or Excel. `data.variant.target` chooses the label, humour by
 * default. The published test split is used where it is there, else one is drawn. Judged by macro-F1.
 *
 * Source: Sharma et al., "SemEval-2020 Task 8: Memotion Analysis", 2020.
 */
export const memotion: Layout = {
  name: "memotion",
  kind: SOURCE_KINDS.memotion,
  summary: "Memotion 7k: memes by humour, sarcasm, offence, motivation or sentiment",
  expects: "memotion_dataset_7k/labels.csv (or .xlsx) and images/",
  detect: async (folder) => (await trainingFolder(folder)) !== undefined,
  read,
};
