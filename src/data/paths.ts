/** @module Where paths lead. */

import { basename, dirname, isAbsolute, relative, sep } from "node:path";

/**
 * Whether a path lies in a folder, or is it. Only the words are compared: links are the caller's.
 * A name that starts with dots, such as `..foo.png`, leads nowhere else.
 */
export function isInside(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}

/** Names of files, no two the same: without their folders, or with those in which the files differ. */
export function shortNames(paths: readonly string[]): readonly string[] {
  const names = paths.map((path) => basename(path));
  if (new Set(names).size === names.length) return names;
  let folder = dirname(paths[0]!);
  while (!paths.every((path) => isInside(folder, path))) folder = dirname(folder);
  return paths.map((path) => relative(folder, path));
}
