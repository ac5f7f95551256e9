/** @module Paths of a column's pictures: the files that they mean, and where files would be found. */

import { isAbsolute, resolve } from "node:path";

import { say, setting, type Text } from "../../message.js";
import { isInside } from "../paths.js";
import { commonFolder, type Difference, FileFinder, isFile } from "./finder.js";

/** What a path leads to. */
export type Located =
  | {
      readonly kind: "file";
      readonly path: string;
      readonly differences: readonly (Difference | "moved")[];
    }
  /** There is no such file in the folder of the pictures. */
  | { readonly kind: "missing"; readonly path: string }
  /** It is an address, or leads out of the folder of the pictures. */
  | { readonly kind: "elsewhere" };

/** Whether a text is an address such as `https://...` or `s3://...`. */
export const isAddress = (text: string): boolean => /^[a-z][a-z0-9+.-]+:\/\//i.test(text);

const isWindowsPath = (text: string): boolean => /^(?:[a-z]:[\\/]|\\\\)/i.test(text);

/** Parts of a path or address, whatever separates them. */
const partsOf = (text: string): string[] =>
  text
    .replaceAll(/^["'`]|["'`]$/g, "")
    .replaceAll("\\", "/")
    .split("/");

/** How many parts all of some paths begin with; the last part, the name, is none of them. */
function sharedParts(paths: readonly (readonly string[])[]): number {
  const [first = [], ...others] = paths;
  const folders = first.slice(0, -1);
  const end = folders.findIndex(
    (part, at) => !others.every((path) => at < path.length - 1 && path[at] === part),
  );
  return end < 0 ? folders.length : end;
}

/** Why a path gives no file, by what it looks like; a clause for messages. */
export function lossOf(text: string, { kind }: Located): string {
  if (isAddress(text)) return "the cells hold addresses, and nothing is downloaded";
  if (isWindowsPath(text)) return "the paths are those of a Windows machine";
  if (isAbsolute(text)) return "the paths are absolute and lead out of the folder of the pictures";
  if (kind === "elsewhere") return "the paths lead out of the folder of the pictures";
  if (/^[\d.]+$/.test(text)) return "the cells hold numbers, and there are no files of these names";
  if (text.includes("\\")) return "the paths have backslashes, and there are no such files";
  if (/%[0-9a-f]{2}/i.test(text)) return "the paths are encoded, and there are no such files";
  if (!/\.[a-z0-9]{2,5}$/i.test(text)) {
    return "the names have no ending, and there is no single picture of that name";
  }
  return "there are no such files";
}

// A hint needs only some of the paths.
const SAMPLED = 20;
const LEVELS_BELOW = 3;
const LEVELS_BESIDE = 2;
const NAMED = 3;

/** The folders that hold the most files, where any holds one. */
function holders(folders: readonly string[], files: (folder: string) => number): string[] {
  const counted = folders.map((folder) => ({ folder, files: files(folder) }));
  const most = Math.max(0, ...counted.map((one) => one.files));
  return most === 0 ? [] : counted.filter((one) => one.files === most).map(({ folder }) => folder);
}

/** Finds the files of one column's paths. */
export class PicturePaths {
  readonly #finder = new FileFinder();
  readonly #known = new Map<string, Located>();
  /** How many parts of a path that leads to no file are replaced by the folder. */
  readonly #moved: number | null;

  /**
   * @param root - Folder that paths start from and may not leave.
   * @param given - Whether the user named the folder. Then the beginning that all paths without a file
   *   share is replaced by it, where files are found so: paths of another machine, addresses.
   * @param paths - All paths of the column.
   */
  constructor(
    readonly root: string,
    readonly given: boolean,
    paths: readonly string[],
  ) {
    const lost = given ? paths.filter((path) => this.locate(path).kind !== "file") : [];
    this.#known.clear();
    this.#moved = this.#shift(root, lost)?.parts ?? null;
  }

  /** Whether a path, to the letter, is that of a file in the folder. */
  isFile(path: string): boolean {
    const literal = resolve(this.root, path);
    return isInside(this.root, literal) && isFile(literal);
  }

  /** What a path leads to. */
  locate(path: string): Located {
    const known = this.#known.get(path);
    if (known) return known;
    const located = this.#locate(path);
    this.#known.set(path, located);
    return located;
  }

  #locate(path: string): Located {
    const found = this.#finder.find(this.root, path);
    if (found) return { kind: "file", ...found };
    if (this.#moved !== null) {
      const rest = partsOf(path).slice(this.#moved).join("/");
      const moved = rest === "" ? null : this.#finder.find(this.root, rest);
      if (moved)
        return { kind: "file", path: moved.path, differences: ["moved", ...moved.differences] };
    }
    const target = resolve(this.root, path.replaceAll("\\", "/"));
    const isElsewhere = isAddress(path) || isWindowsPath(path) || !isInside(this.root, target);
    return isElsewhere
      ? { kind: "elsewhere" }
      : { kind: "missing", path: resolve(this.root, path) };
  }

  /**
   * How paths without a file could find one: the flag with the folder that has them, if there is one.
   *
   * @param lost - Some of these paths.
   */
  hint(lost: readonly string[]): Text {
    const folders = this.#foldersWith(lost.slice(0, SAMPLED));
    const [folder] = folders;
    if (folder !== undefined && folders.length === 1) {
      return say`The files are in ${folder}: add ${setting("data.images", folder)}`;
    }
    if (folder !== undefined) {
      const named = folders.slice(0, NAMED).join(", ");
      return say`Files of these names are in several folders (${named}): name the right one with ${setting("data.images")}.`;
    }
    if (lost.some(isAddress)) {
      return say`Download the pictures, and name their folder with ${setting("data.images")}: it then replaces the beginning that the addresses share.`;
    }
    return say`Paths start from ${this.root}: name another folder with ${setting("data.images")}, or another column with ${setting("data.columns.image")}.`;
  }

  /** Folders near the pictures' folder in which the files of some paths lie, the best ones. */
  #foldersWith(lost: readonly string[]): string[] {
    const existing = lost.filter((path) => isAbsolute(path) && isFile(path));
    if (existing.length > 0) return [commonFolder(existing)!];
    const direct = (folder: string): number =>
      lost.filter((path) => this.#finder.find(folder, path)).length;
    const shifted = (folder: string): number => this.#shift(folder, lost)?.files ?? 0;
    const below = this.#finder.foldersFrom(this.root, LEVELS_BELOW).slice(1);
    for (const [folders, holds] of [
      [below, direct],
      [below, shifted],
      [[this.root], shifted],
    ] as const) {
      const found = holders(folders, holds);
      if (found.length > 0) return found;
    }
    // Farther away a name or two may agree by chance.
    const beside = this.#finder.foldersFrom(resolve(this.root, ".."), LEVELS_BESIDE);
    const found = holders(beside, (folder) => (direct(folder) === lost.length ? 1 : 0));
    return lost.length > 1 && found.length === 1 ? found : [];
  }

  /** The smallest number of shared parts without which a folder has files of some paths. */
  #shift(folder: string, lost: readonly string[]): { parts: number; files: number } | null {
    const paths = lost.map(partsOf);
    const sampled = paths.slice(0, SAMPLED);
    for (let parts = 1; parts <= sharedParts(paths); parts++) {
      const files = sampled.filter((path) =>
        this.#finder.find(folder, path.slice(parts).join("/")),
      ).length;
      if (files > 0) return { parts, files };
    }
    return null;
  }
}
