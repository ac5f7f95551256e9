/** @module Runs in a folder and in the folders inside it. */

import { Run } from "./run.js";
import type { RunStore } from "./store.js";

/** Folders inside one another that are looked into. */
const DEPTH = 6;

/**
 * Stores of all runs in a store: its own, or those of the stores inside it, in the order of their names.
 *
 * A folder of runs may hold comparisons, and those a folder for each row with one for each seed.
 */
export async function findRuns(store: RunStore, depth = DEPTH): Promise<RunStore[]> {
  if (await Run.exists(store)) return [store];
  if (depth === 0) return [];
  const inOrder = new Intl.Collator("en", { numeric: true });
  const names = [...(await store.folders())].sort(inOrder.compare);
  const found = await Promise.all(names.map((name) => findRuns(store.inside(name), depth - 1)));
  return found.flat();
}
