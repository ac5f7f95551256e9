/** @module Finds the file that a path means, also where it is written in another way than the file's name. */

import { readdirSync, statSync } from "node:fs";
import { dirname, extname, join, resolve, sep } from "node:path";

import { isInside } from "../paths.js";
import { isImage } from "../sources/layout.js";

/** In what a path differs from the name of the file that it means. */
export type Difference =
  "quotes" | "backslashes" | "encoded" | "query" | "unicode" | "case" | "ending";

/** A file that a path means. */
export interface Found {
  readonly path: string;
  /** Empty where the path is the file's. */
  readonly differences: readonly Difference[];
}

/** Names in a folder by what they have in common with other spellings of them. */
interface Listing {
  readonly byName: ReadonlyMap<string, readonly string[]>;
  /** Pictures alone, by their name without its ending. */
  readonly byStem: ReadonlyMap<string, readonly string[]>;
}

const composed = (name: string): string => name.normalize("NFC");
const folded = (name: string): string => composed(name).toLowerCase();

function grouped(names: readonly string[], key: (name: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const group = groups.get(key(name));
    if (group) group.push(name);
    else groups.set(key(name), [name]);
  }
  return groups;
}

/** Whether there is a file that can be read; what cannot be a path at all is none. */
export function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}

/** The only one of some names, or the only one that differs in less. */
function only(names: readonly string[], isNearer: (name: string) => boolean): string | undefined {
  if (names.length === 1) return names[0];
  const nearer = names.filter(isNearer);
  return nearer.length === 1 ? nearer[0] : undefined;
}

const unquoted = (text: string): string =>
  /^(["'`])(.*)\1$/s.exec(text)?.[2]?.trim() ?? /^[“‘](.*)[”’]$/s.exec(text)?.[1]?.trim() ?? text;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Other readings of a path's words, in the order in which they are made of each other. */
const REWRITES: readonly (readonly [Difference, (text: string) => string])[] = [
  ["quotes", unquoted],
  ["backslashes", (text) => text.replaceAll("\\", "/")],
  ["query", (text) => text.replace(/[?#].*$/s, "")],
  ["encoded", decoded],
];

/** A path and its other readings, those that change least first. */
function readingsOf(given: string): { text: string; differences: readonly Difference[] }[] {
  let readings: { text: string; differences: readonly Difference[] }[] = [
    { text: given, differences: [] },
  ];
  for (const [difference, rewrite] of REWRITES) {
    const more = readings.flatMap(({ text, differences }) => {
      const other = rewrite(text);
      return other === text || other === ""
        ? []
        : [{ text: other, differences: [...differences, difference] }];
    });
    readings = [...readings, ...more];
  }
  return readings.sort((a, b) => a.differences.length - b.differences.length);
}

// A folder with more of them is searched no further: the search is for a hint only.
const MOST_FOLDERS = 1000;

/** Finds files; each folder is read once. */
export class FileFinder {
  readonly #listings = new Map<string, Listing>();

  /**
   * The file in a folder that a path means: the file of this path, or the only one that differs from it in
   * quotes, separators, percent-encoding, a query, the Unicode form, upper and lower case, or by its ending.
   * Paths that lead out of the folder find nothing.
   */
  find(folder: string, given: string): Found | null {
    const literal = resolve(folder, given);
    if (isInside(folder, literal) && isFile(literal)) return { path: literal, differences: [] };
    for (const { text, differences } of readingsOf(given)) {
      const path = resolve(folder, text);
      if (!isInside(folder, path)) continue;
      if (isFile(path)) return { path, differences };
      const found = this.#near(folder, path.slice(folder.length));
      if (found) return { ...found, differences: [...differences, ...found.differences] };
    }
    return null;
  }

  /** A folder and those in it, nearest first; at most `depth` levels and a thousand folders. */
  foldersFrom(folder: string, depth: number): string[] {
    const found = [folder];
    let level = [folder];
    for (let at = 0; at < depth && level.length > 0 && found.length < MOST_FOLDERS; at++) {
      level = level.flatMap((parent) => subfolders(parent)).slice(0, MOST_FOLDERS - found.length);
      found.push(...level);
    }
    return found;
  }

  /** The only file near a path, component by component. */
  #near(folder: string, inside: string): Found | null {
    const parts = inside.split(sep).filter((part) => part !== "");
    const differences = new Set<Difference>();
    let path = folder;
    for (const [at, part] of parts.entries()) {
      const { byName, byStem } = this.#listing(path);
      const name = only(byName.get(folded(part)) ?? [], (one) => composed(one) === composed(part));
      const isLast = at === parts.length - 1;
      const picture =
        name === undefined && isLast
          ? only(byStem.get(folded(part)) ?? [], (one) => composed(one).startsWith(composed(part)))
          : undefined;
      const found = name ?? picture;
      if (found === undefined) return null;
      const spelled = picture === undefined ? found : found.slice(0, -extname(found).length);
      if (spelled !== part)
        differences.add(composed(spelled) === composed(part) ? "unicode" : "case");
      if (picture !== undefined) differences.add("ending");
      path = join(path, found);
    }
    return isFile(path) ? { path, differences: [...differences] } : null;
  }

  #listing(folder: string): Listing {
    const known = this.#listings.get(folder);
    if (known) return known;
    const names = namesIn(folder);
    const byStem = grouped(names.filter(isImage), (name) =>
      folded(name.slice(0, -extname(name).length)),
    );
    const listing = { byName: grouped(names, folded), byStem };
    this.#listings.set(folder, listing);
    return listing;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map(({ name }) => join(folder, name))
      .sort();
  } catch {
    return [];
  }
}

/** The folder that all of some paths lie in. */
export function commonFolder(paths: readonly string[]): string | undefined {
  const [first, ...others] = paths;
  if (first === undefined) return undefined;
  let folder = dirname(first);
  while (!others.every((path) => isInside(folder, path))) folder = dirname(folder);
  return folder;
}
