/** @module Says what data a command works on. */

import type { Dataset } from "../data/dataset.js";
import { print } from "./print.js";

/** Prints name, kind of labels and origin of the data: of tables, the columns with those that were guessed. */
export function printData({
  name,
  labelKind,
  origin,
}: Pick<Dataset, "name" | "labelKind" | "origin">): void {
  print(`${name} (${labelKind})${origin === undefined ? "" : `: ${origin}`}`);
}
