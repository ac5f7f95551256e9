/** @module Says what data a command works on. */

import type { Dataset } from "../data/dataset.js";
import { print } from "./print.js";

/** Prints name, task and origin of the data: of tables, the columns with those that were guessed. */
export function printData({ name, task, origin }: Pick<Dataset, "name" | "task" | "origin">): void {
  print(`${name} (${task})${origin === undefined ? "" : `: ${origin}`}`);
}
