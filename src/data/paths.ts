/** @module Where paths lead. */

import { isAbsolute, relative, sep } from "node:path";

/**
 * Whether a path lies in a folder, or is it. Only the words are compared: links are the caller's.
 * A name that starts with dots, such as `..foo.png`, leads nowhere else.
 */
export function isInside(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}
