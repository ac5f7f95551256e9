/** @module Pictures in a folder per class, texts beside them. */

import { readFile, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";

import { SOURCE_KINDS } from "../sourceSettings.js";
import { chosenText } from "../cells/texts.js";
import type { DataConfig } from "../config.js";
import { decodeText } from "../decodeText.js";
import type { Assembly, Draft } from "../drafts.js";
import { IssueLog } from "../issues.js";
import { LeftOut } from "./folder/leftOut.js";
import { place, type PlacedFile, type PlacedTree } from "./folder/places.js";
import { readTree, stemOf } from "./folder/tree.js";
import type { Layout, SourceConfig } from "./layout.js";

// A longer one is no text that belongs to a picture.
const MAX_TEXT_BYTES = 16 * 2 ** 20;

/** How pictures get their labels from their folders. */
interface Labelling {
  readonly labelOf: (file: PlacedFile) => string;
  readonly isUsed: (file: PlacedFile) => boolean;
  /** What is said of it, where it is not the usual way. */
  readonly note?: string;
}

/**
 * The label of a file is its folder within the split. Where all pictures lie deeper, it is the innermost
 * folder, or, if they lie at different depths, the outermost.
 */
function labelling(pictures: readonly PlacedFile[]): Labelling | null {
  const depths = new Set(pictures.map(({ inner }) => inner.length));
  if (depths.has(1)) {
    return { labelOf: ({ inner }) => inner[0]!, isUsed: ({ inner }) => inner.length === 1 };
  }
  if (depths.size === 0 || depths.has(0)) return null;
  const deepest = pictures[0]!.inner.join("/");
  if (depths.size === 1) {
    const note = `the innermost folder is the label, as in ${deepest}`;
    return {
      labelOf: ({ inner }) => inner.at(-1)!,
      isUsed: ({ inner }) => depths.has(inner.length),
      note,
    };
  }
  const note = `the outermost folder is the label, as in ${deepest}: the pictures lie at different depths`;
  return { labelOf: ({ inner }) => inner[0]!, isUsed: ({ inner }) => inner.length > 0, note };
}

/** A text file's text, and what was wrong with it. */
interface TextReading {
  readonly text: string | null;
  readonly issue?: readonly [kind: "encoding" | "text-missing", message: string];
}

async function readText(
  { path }: PlacedFile,
  id: string,
  config: DataConfig,
): Promise<TextReading> {
  const missing = (message: string): TextReading => {
    return { text: null, issue: ["text-missing", message] };
  };
  try {
    if ((await stat(path)).size > MAX_TEXT_BYTES) {
      return missing(`the text is larger than ${MAX_TEXT_BYTES / 2 ** 20} MB`);
    }
    const { text, encoding, certain } = decodeText(await readFile(path));
    if (text.trim() === "") return missing("the text is empty");
    // Its lines are captions only where one of them is wanted.
    const lines = text.split(/\r?\n/).map((line) => line.trim());
    const captions = lines.filter((line) => line !== "");
    const chosen =
      config.variant.caption === "all" ? text.trim() : chosenText(captions, id, config);
    if (certain) return { text: chosen };
    return { text: chosen, issue: ["encoding", `not UTF-8; read as ${encoding}`] };
  } catch (error) {
    return missing(
      `the text cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`,
    );
  }
}

/** Any picture, wherever it lies, where no labels are needed. */
const WITHOUT: Labelling = { labelOf: ({ inner }) => inner.join("/"), isUsed: () => true };

const keyOf = ({ folders }: PlacedFile, name: string): string => [...folders, name].join("/");

/** A sample's files. */
interface Pair {
  readonly picture: PlacedFile | null;
  readonly text: PlacedFile | null;
}

/** Pictures with the texts beside them, then texts without a picture. */
function pairsOf({ pictures, texts }: Pick<PlacedTree, "pictures" | "texts">): Pair[] {
  const textsByKey = new Map(texts.map((file) => [keyOf(file, stemOf(file)), file]));
  const used = new Set<PlacedFile>();
  const pairs = pictures.map((picture): Pair => {
    // `1.txt` beside `1.jpg`, or `1.jpg.txt`.
    const names = [stemOf(picture), picture.name];
    const text = names.flatMap((name) => textsByKey.get(keyOf(picture, name)) ?? [])[0] ?? null;
    if (text) used.add(text);
    return { picture, text };
  });
  return [...pairs, ...texts.flatMap((text) => (used.has(text) ? [] : { picture: null, text }))];
}

async function draftOf(
  { picture, text }: Pair,
  root: string,
  label: string,
  config: DataConfig,
): Promise<{ readonly draft: Draft; readonly issue: TextReading["issue"] }> {
  const file = (picture ?? text)!;
  const id = join(file.split ?? "", ...file.inner, file.name);
  const { text: words, issue } = text ? await readText(text, id, config) : { text: null };
  const image = picture && ({ kind: "file", path: picture.path, root } as const);
  const about = { id, where: file.path, labels: [label], split: file.split };
  return { draft: { ...about, image, text: words }, issue };
}

// Files that are read at once.
const AT_ONCE = 256;

async function readDrafts(
  pairs: readonly Pair[],
  root: string,
  { labelOf }: Labelling,
  config: DataConfig,
  issues: IssueLog,
): Promise<Draft[]> {
  const drafts: Draft[] = [];
  for (let start = 0; start < pairs.length; start += AT_ONCE) {
    const some = pairs.slice(start, start + AT_ONCE);
    const read = await Promise.all(
      some.map((pair) => draftOf(pair, root, labelOf((pair.picture ?? pair.text)!), config)),
    );
    for (const [at, { draft, issue }] of read.entries()) {
      const { picture, text } = some[at]!;
      if (!picture) {
        issues.add("image-missing", draft.where, "no picture of the same name", "modality-missing");
      }
      if (issue) {
        const [kind, message] = issue;
        issues.add(kind, text!.path, message, kind === "encoding" ? "kept" : "modality-missing");
      }
      drafts.push(draft);
    }
  }
  return drafts;
}

async function read(folder: string, config: SourceConfig): Promise<Assembly> {
  const issues = new IssueLog();
  const leftOut = new LeftOut(folder);
  const tree = place(await readTree(folder, leftOut), leftOut);
  const { withoutLabels = false } = config;
  const way = withoutLabels ? WITHOUT : labelling(tree.pictures)!;
  const usable = (files: readonly PlacedFile[]): PlacedFile[] => files.filter(way.isUsed);
  for (const file of tree.pictures.filter((one) => !way.isUsed(one))) {
    leftOut.add(file.inner.length === 0 ? "folder-loose" : "folder-deep", file.path);
  }
  const known = new Set(usable(tree.pictures).map((file) => way.labelOf(file)));
  // A text elsewhere is about the data, not of them.
  const isBeside = (file: PlacedFile): boolean => way.isUsed(file) && known.has(way.labelOf(file));
  for (const { path } of tree.texts.filter((file) => !isBeside(file))) {
    leftOut.add("folder-other", path);
  }
  const pairs = pairsOf({
    pictures: usable(tree.pictures),
    texts: tree.texts.filter(isBeside),
  });
  const labelled = await readDrafts(pairs, folder, way, config, issues);
  const drafts = withoutLabels
    ? labelled.map((one) => ({ ...one, id: relative(folder, one.where), labels: [] }))
    : labelled;
  if (way.note !== undefined) issues.add("folder-labels", folder, way.note, "noted");
  leftOut.report(issues);
  const pictures = withoutLabels ? "pictures" : "pictures by class";
  const origin = `${pictures} in ${folder}, texts in .txt files beside them`;
  const name = withoutLabels ? basename(folder) : "class-folders";
  return { name, labelKind: "single-label", drafts, issues, origin };
}

/** Whether there is any picture in a folder, or in one of its folders. */
export async function hasPictures(folder: string): Promise<boolean> {
  const { pictures } = place(await readTree(folder, new LeftOut(folder)), new LeftOut(folder));
  return pictures.length > 0;
}

/** Pictures in a folder per class, perhaps below `train`, `validation` and `test`. */
export const classFolders: Layout = {
  name: "class-folders",
  kind: SOURCE_KINDS.classFolders,
  summary: "pictures in a folder per class, a .txt of the same name as text",
  expects: "<class>/*.jpg, or train/<class>/*.jpg",
  detect: async (folder) => {
    const leftOut = new LeftOut(folder);
    return labelling(place(await readTree(folder, leftOut), leftOut).pictures) !== null;
  },
  read,
};
