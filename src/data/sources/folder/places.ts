/** @module What the folders of pictures mean: splits and classes. */

import type { Split } from "../../dataset.js";
import { splitOfName } from "../../splitWords.js";
import type { LeftOut } from "./leftOut.js";
import type { Tree, TreeFile } from "./tree.js";

/** A file of a split, and its folders without that of the split. */
export interface PlacedFile extends TreeFile {
  readonly split: Split | null;
  /** Names of the folders within the split. */
  readonly inner: readonly string[];
}

/** A tree whose files are in splits. */
export interface PlacedTree {
  readonly pictures: readonly PlacedFile[];
  readonly texts: readonly PlacedFile[];
  readonly metadata: readonly PlacedFile[];
}

const WORD_ENDS = /[-._ \d]+/;

/** The split that a folder's name means as a whole, or by one of its words: `train`, `images-train`, `train2017`. */
function splitIn(name: string): Split | undefined {
  const splits = new Set(name.split(WORD_ENDS).flatMap((word) => splitOfName(word) ?? []));
  return splitOfName(name) ?? (splits.size === 1 ? [...splits][0] : undefined);
}

/** Where the folders of splits are: at which depth, and how their names are read. */
interface SplitDepth {
  readonly depth: number;
  readonly read: (name: string) => Split | undefined;
}

/** Whether the top folders hold splits, though there are others beside them: `train` alone may be a class. */
function areSplits({ pictures, metadata }: Tree): boolean {
  const inSplits = pictures.filter(({ folders }) => splitOfName(folders[0] ?? "") !== undefined);
  const splits = new Set(inSplits.map(({ folders }) => splitOfName(folders[0]!)));
  const isDescribed = metadata.some(({ folders }) => splitOfName(folders[0] ?? "") === "train");
  const hasClasses = inSplits.every(({ folders }) => folders.length > 1);
  return splits.has("train") && (splits.size > 1 || isDescribed || hasClasses);
}

/**
 * The depth at which folders are called by splits. Names that only contain a split's word count where all
 * do: `train station` may be a class.
 */
function splitDepth(tree: Tree): SplitDepth | null {
  if (areSplits(tree)) return { depth: 0, read: splitOfName };
  const { pictures } = tree;
  const deepest = Math.max(0, ...pictures.map(({ folders }) => folders.length));
  for (const read of [splitOfName, splitIn]) {
    for (let depth = 0; depth < deepest; depth++) {
      const splits = new Set(pictures.map(({ folders }) => read(folders[depth] ?? "")));
      if (splits.size > 1 && !splits.has(undefined)) return { depth, read };
    }
  }
  return null;
}

/** Number of folders around everything: an archive's own, `data`, `images`. */
function wrappers(pictures: readonly TreeFile[]): number {
  const [first] = pictures;
  const around = first?.folders.slice(0, -1).findIndex((name, depth) => {
    const isShared = pictures.every(
      ({ folders }) => folders.length > depth + 1 && folders[depth] === name,
    );
    return !isShared || splitIn(name) !== undefined;
  });
  return around === undefined || around >= 0 ? (around ?? 0) : first!.folders.length - 1;
}

/** Finds the splits of all files; pictures beside the folders of splits are left out. */
export function place(tree: Tree, leftOut: LeftOut): PlacedTree {
  const skip = wrappers(tree.pictures);
  const unwrapped = (files: readonly TreeFile[]): TreeFile[] =>
    files.map((file) => ({ ...file, folders: file.folders.slice(skip) }));
  const pictures = unwrapped(tree.pictures);
  const metadata = unwrapped(tree.metadata);
  const at = splitDepth({ pictures, texts: [], metadata });
  const placed = (file: TreeFile): PlacedFile => {
    const { folders } = file;
    const split = at?.read(folders[at.depth] ?? "") ?? null;
    const inner = split && at ? folders.toSpliced(at.depth, 1) : folders;
    return { ...file, split, inner };
  };
  const all = pictures.map(placed);
  for (const { split, path } of all) if (at && split === null) leftOut.add("folder-split", path);
  return {
    pictures: at ? all.filter(({ split }) => split !== null) : all,
    texts: unwrapped(tree.texts).map(placed),
    metadata: metadata.map(placed),
  };
}
