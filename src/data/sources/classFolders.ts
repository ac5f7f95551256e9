/** @module Pictures in a folder per class, texts beside them. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { DataConfig } from "../config.js";
import type { Dataset, Split } from "../dataset.js";
import { assembleDataset, type Draft } from "../drafts.js";
import { IssueLog } from "../issues.js";
import { splitNamed } from "../splitWords.js";
import { filesIn, foldersIn, isImage, type Layout } from "./layout.js";

/** Folders of a split with their folders of classes; one without a split where there are none. */
async function splitFolders(folder: string): Promise<[string, Split | null][]> {
  const named = (await foldersIn(folder)).flatMap((name): [string, Split][] => {
    const split = splitNamed(name);
    return split ? [[join(folder, name), split]] : [];
  });
  return named.length > 0 ? named : [[folder, null]];
}

/** Text of a sample: the file of the same name beside its picture. */
async function textOf(path: string): Promise<string | null> {
  const text = await readFile(path, "utf8");
  return text.replace(/^\uFEFF/, "").trim() || null;
}

/** Drafts of one class: a sample per picture, and per text without a picture. */
async function readClass(
  folder: string,
  label: string,
  split: Split | null,
  root: string,
): Promise<Draft[]> {
  const files = await filesIn(folder);
  const stem = (name: string): string => name.replace(/\.[^.]+$/, "");
  const images = files.filter(isImage);
  const texts = new Map(
    files.filter((name) => name.endsWith(".txt")).map((name) => [stem(name), name]),
  );
  const pictured = new Set(images.map(stem));
  const names = [...images, ...[...texts].flatMap(([of, name]) => (pictured.has(of) ? [] : name))];
  return Promise.all(
    names.map(async (name): Promise<Draft> => {
      const path = join(folder, name);
      const text = texts.get(stem(name));
      return {
        id: join(split ?? "", label, name),
        where: path,
        image: isImage(name) ? { kind: "file", path, root } : null,
        text: text === undefined ? null : await textOf(join(folder, text)),
        labels: [label],
        split,
      };
    }),
  );
}

async function load(folder: string, config: DataConfig): Promise<Dataset> {
  const drafts: Draft[] = [];
  for (const [root, split] of await splitFolders(folder)) {
    for (const label of await foldersIn(root)) {
      drafts.push(...(await readClass(join(root, label), label, split, folder)));
    }
  }
  const origin = `pictures by class in ${folder}, texts in .txt files beside them`;
  const issues = new IssueLog();
  return assembleDataset(
    { name: "class-folders", task: "single-label", drafts, issues, origin },
    config,
  );
}

/** Pictures in a folder per class, perhaps below `train`, `validation` and `test`. */
export const classFolders: Layout = {
  name: "class-folders",
  summary: "pictures in a folder per class, a .txt of the same name as text",
  expects: "<class>/*.jpg, or train/<class>/*.jpg",
  detect: async (folder) => {
    for (const [root] of await splitFolders(folder)) {
      for (const label of await foldersIn(root)) {
        if ((await filesIn(join(root, label))).some(isImage)) return true;
      }
    }
    return false;
  },
  load,
};
