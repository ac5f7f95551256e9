/** @module UPMC Food-101: web pictures of dishes and the titles of their pages. */

import { basename, join } from "node:path";

import { SOURCE_KINDS } from "../sourceSettings.js";
import type { DataConfig } from "../config.js";
import type { Split } from "../dataset.js";
import type { Assembly, Draft } from "../drafts.js";
import { IssueLog } from "../issues.js";
import { readCsv } from "../tables/csv.js";
import { cellText, type Row } from "../tables/row.js";
import {
  allThere,
  filesIn,
  foldersIn,
  isImage,
  jsonObject,
  type Layout,
  namesBySplit,
  readJsonFile,
} from "./layout.js";

const HEADER = ["image", "text", "label"] as const;

/** Class of a picture: its file name up to the last underscore. */
const classOf = (file: string): string => file.slice(0, file.lastIndexOf("_"));

/** Where a mirror's header puts a column, by words that the names have. */
const WORDS: Readonly<Record<(typeof HEADER)[number], RegExp>> = {
  image: /image|path|file/i,
  text: /text|title/i,
  label: /label|class/i,
};

/** Rows with their columns in order, whether or not the file names them in a first row. */
function namedRows(rows: readonly Row[]): Row[] {
  const [first] = rows;
  if (!first || isImage(cellText(first, "image") ?? "")) return [...rows];
  const names = [...first.cells];
  const columnOf = (field: (typeof HEADER)[number]): string =>
    names.find(([, name]) => WORDS[field].test(String(name)))?.[0] ?? field;
  return rows.slice(1).map(({ where, cells }) => ({
    where,
    cells: new Map(HEADER.map((field) => [field, cells.get(columnOf(field))])),
  }));
}

/** Drafts of one titles file, and of the pictures that it does not list. */
async function readTitles(
  folder: string,
  split: "train" | "test",
  issues: IssueLog,
  { onBad }: DataConfig,
): Promise<Draft[]> {
  const path = join(folder, "texts", `${split}_titles.csv`);
  const rows = namedRows(await readCsv(path, { issues, onBad, header: HEADER }));
  const listed = new Set<string>();
  const drafts = rows.flatMap((row): Draft[] => {
    const file = basename(cellText(row, "image") ?? "");
    const label = cellText(row, "label") ?? classOf(file);
    if (file === "" || label === "") {
      issues.skip("row-broken", row.where, "neither a picture's name nor a class");
      return [];
    }
    listed.add(file);
    const image = pictureOf(folder, split, label, file);
    const { where } = row;
    return [{ id: file, where, image, text: cellText(row, "text"), labels: [label], split }];
  });
  const unlisted: Draft[] = [];
  for (const label of await foldersIn(join(folder, "images", split))) {
    for (const file of await filesIn(join(folder, "images", split, label))) {
      if (!isImage(file) || listed.has(file)) continue;
      const where = join("images", split, label, file);
      issues.add("text-missing", where, `${basename(path)} has no row for it`, "modality-missing");
      const image = pictureOf(folder, split, label, file);
      unlisted.push({ id: file, where, image, text: null, labels: [label], split });
    }
  }
  return [...drafts, ...unlisted];
}

const pictureOf = (folder: string, split: string, label: string, file: string) =>
  ({ kind: "file", path: join(folder, "images", split, label, file), root: folder }) as const;

/** Drafts of the layout with `split.json` and `text.json`. */
async function readPrompts(folder: string): Promise<Draft[]> {
  const splits = await readJsonFile(join(folder, "split.json"), namesBySplit);
  const named = await readJsonFile(join(folder, "text.json"), jsonObject);
  const texts = new Map(Object.entries(named));
  const parts: readonly (readonly [string, Split, string])[] = [
    ["train", "train", "train"],
    ["val", "validation", "train"],
    ["test", "test", "test"],
  ];
  return parts.flatMap(([name, split, images]) =>
    (splits[name] ?? []).map((file): Draft => {
      const given = texts.get(file);
      const text: unknown = Array.isArray(given) ? given[0] : given;
      const label = classOf(file);
      const image = pictureOf(folder, images, label, file);
      return {
        ...{ id: file, where: `split.json (${file})`, image, labels: [label], split },
        text: typeof text === "string" ? text : null,
      };
    }),
  );
}

const isPrompts = (folder: string): Promise<boolean> =>
  allThere(folder, "images", "split.json", "text.json", "class_idx.json");

async function read(folder: string, config: DataConfig): Promise<Assembly> {
  const issues = new IssueLog();
  const prompts = await isPrompts(folder);
  const drafts = prompts
    ? await readPrompts(folder)
    : [
        ...(await readTitles(folder, "train", issues, config)),
        ...(await readTitles(folder, "test", issues, config)),
      ];
  const origin = `UPMC Food-101 in ${folder} (${prompts ? "split.json" : "titles"})`;
  return { name: "food101", labelKind: "single-label", drafts, issues, origin };
}

/**
 * UPMC Food-101 as distributed (`texts/*_titles.csv` without header, or with a mirror's), and in the
 * layout of the missing-modality benchmarks (`split.json`, `text.json`). Pictures without a row are
 * samples without text.
 *
 * Source: Wang et al., "Recipe Recognition with Large Multimodal Food Dataset", ICMEW 2015.
 */
export const food101: Layout = {
  name: "food101",
  kind: SOURCE_KINDS.food101,
  summary: "UPMC Food-101: dishes and page titles, 101 classes",
  expects: "images/{train,test}/<class>/*.jpg and texts/{train,test}_titles.csv",
  detect: async (folder) =>
    (await allThere(folder, "images", "texts/train_titles.csv", "texts/test_titles.csv")) ||
    (await isPrompts(folder)),
  read,
};
