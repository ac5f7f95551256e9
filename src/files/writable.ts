/** @module Whether a file can be written, before the work whose result it gets. */

import { dirname } from "node:path";

import { UserError } from "../errors.js";
import { statOf } from "../system.js";

/**
 * Checks that a file can be at a path: its folder is there, and it is no folder itself.
 *
 * @throws {UserError} where it cannot.
 */
export async function assertFilePlace(path: string): Promise<void> {
  const folder = dirname(path);
  const info = await statOf(folder);
  if (!info) throw new UserError(`${folder}: no such folder.`, "Make it, or check the path.");
  if (!info.isDirectory()) throw new UserError(`${folder}: this is a file, not a folder.`);
  if ((await statOf(path))?.isDirectory()) {
    throw new UserError(`${path}: this is a folder.`, "Give the path of a file.");
  }
}
