/** @module Runs below a folder. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { SystemError, systemError } from "../system.js";
import { SETTINGS_FILE } from "./run.js";

/** Folders in a run's that hold no run, and folders of programs. */
const SKIPPED: ReadonlySet<string> = new Set(["checkpoints", "model", "node_modules"]);

const DEEPEST = 6;
const MOST_FOLDERS = 5000;

/** What was found. */
export interface Found {
  /** Paths of the runs below the folder, with `/`, in order; `.` where it is a run itself. */
  readonly paths: readonly string[];
  /** Folders that the system does not let us read. */
  readonly refused: readonly SystemError[];
  /** Whether there are so many folders that some were not looked into. */
  readonly isCut: boolean;
}

/**
 * Finds the runs below a folder, those in folders of comparisons and of several seeds among them. Links to folders and hidden
 * folders are passed over.
 */
export async function findRunPaths(folder: string): Promise<Found> {
  const paths: string[] = [];
  const refused: SystemError[] = [];
  let looked = 0;
  const waiting = [{ path: ".", depth: 0 }];
  for (const { path, depth } of waiting) {
    if (looked++ === MOST_FOLDERS) break;
    const entries = await readdir(join(folder, path), { withFileTypes: true }).catch(
      (error: unknown) => {
        const refusal = systemError(error, join(folder, path));
        // What was removed meanwhile is no run any more.
        if (refusal && refusal.code !== "ENOENT" && refusal.code !== "ENOTDIR")
          refused.push(refusal);
        return [];
      },
    );
    if (entries.some((entry) => entry.isFile() && entry.name === SETTINGS_FILE)) paths.push(path);
    if (depth === DEEPEST) continue;
    for (const entry of entries) {
      const { name } = entry;
      if (!entry.isDirectory() || name.startsWith(".") || SKIPPED.has(name)) continue;
      waiting.push({ path: path === "." ? name : `${path}/${name}`, depth: depth + 1 });
    }
  }
  const order = new Intl.Collator("en", { numeric: true });
  return { paths: paths.sort(order.compare), refused, isCut: looked > MOST_FOLDERS };
}
