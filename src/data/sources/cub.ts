/** @module CUB-200-2011: birds with ten captions each. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { SOURCE_KINDS } from "../sourceSettings.js";
import { DataError } from "../../errors.js";
import { chosenText } from "../cells/texts.js";
import type { DataConfig } from "../config.js";
import type { Assembly, Draft } from "../drafts.js";
import { IssueLog } from "../issues.js";
import { linesOf } from "../tables/lines.js";
import { allThere, firstThere, type Layout } from "./layout.js";

const FILES = ["images.txt", "image_class_labels.txt", "classes.txt", "train_test_split.txt"];

/** The folder with the lists: the given one, or `CUB_200_2011` in it. */
async function rootOf(folder: string): Promise<string | undefined> {
  for (const root of [folder, join(folder, "CUB_200_2011")]) {
    if (await allThere(root, ...FILES, "images")) return root;
  }
  return undefined;
}

/** A list of `<number> <value>` lines. */
async function readList(path: string): Promise<Map<string, string>> {
  const entries = new Map<string, string>();
  for await (const { number, text } of linesOf(path)) {
    const line = text.trim();
    if (line === "") continue;
    const at = line.indexOf(" ");
    if (at < 1) throw new DataError(`${path}:${number}: expected "<number> <value>".`);
    entries.set(line.slice(0, at), line.slice(at + 1).trim());
  }
  return entries;
}

/** Captions of a picture with at least one word, replacement characters taken for spaces. */
async function captionsOf(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text
    .split(/\r?\n/)
    .map((line) => line.replaceAll("\uFFFD", " ").replace(/\s+/g, " ").trim())
    .filter((line) => /\p{L}/u.test(line));
}

async function read(folder: string, config: DataConfig): Promise<Assembly> {
  const root = await rootOf(folder);
  if (root === undefined) throw new DataError(`${folder}: not CUB-200-2011.`);
  const issues = new IssueLog();
  const [images, labels, classes, training] = await Promise.all(
    FILES.map((name) => readList(join(root, name))),
  );
  const places = ["cvpr2016_cub/text_c10", "text_c10", "text", "CUB_200_2011/text_c10"];
  const texts = await firstThere(folder, ...places);
  if (texts === undefined) {
    issues.add("texts-missing", folder, `no captions in ${places.join(", ")}`, "modality-missing");
  }
  const drafts: Draft[] = [];
  for (const [id, path] of images!) {
    const where = `${join(root, "images.txt")} (${id})`;
    const label = classes!.get(labels!.get(id) ?? "");
    if (label === undefined) {
      issues.skip("label-missing", where, "no class for the picture");
      continue;
    }
    const captionFile = texts && join(texts, path.replace(/\.[^.]+$/, ".txt"));
    const captions = captionFile === undefined ? [] : await captionsOf(captionFile);
    if (captionFile !== undefined && captions.length === 0) {
      issues.add("text-missing", where, `no caption in ${captionFile}`, "modality-missing");
    }
    drafts.push({
      id: path,
      where,
      image: { kind: "file", path: join(root, "images", path), root },
      text: chosenText(captions, id, config),
      labels: [label],
      split: training!.get(id) === "1" ? "train" : "test",
    });
  }
  const origin = `CUB-200-2011 in ${root}, ${config.variant.caption} of the captions`;
  return { name: "cub-200-2011", labelKind: "single-label", drafts, issues, origin };
}

/**
 * CUB-200-2011 with the official split (1 means training; validation is cut from it) and the captions
 * of Reed et al.; `data.variant.caption` takes all of a picture's captions, the first, or one at random.
 *
 * Source: Wah et al., "The Caltech-UCSD Birds-200-2011 Dataset", 2011; Reed et al., "Learning Deep
 * Representations of Fine-Grained Visual Descriptions", CVPR 2016.
 */
export const cub: Layout = {
  name: "cub",
  kind: SOURCE_KINDS.cub,
  summary: "CUB-200-2011: birds with captions, 200 classes",
  expects: `CUB_200_2011/{${FILES.join(",")}} and cvpr2016_cub/text_c10/`,
  detect: async (folder) => (await rootOf(folder)) !== undefined,
  read,
};
