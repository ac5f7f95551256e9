/** @module What Hugging Face `datasets` notes about the columns of its files. */

import { DataError } from "../../errors.js";

/** The part of a feature's description that names classes, perhaps within a list. */
interface Feature {
  readonly names?: readonly string[];
  readonly feature?: Feature;
}

/**
 * Names of the classes of columns of class numbers.
 *
 * @param features - Descriptions of the columns, as in `dataset_info.json`.
 */
function classNamesOf(features: object): ReadonlyMap<string, readonly string[]> {
  const entries = Object.entries(features).flatMap(([column, given]) => {
    const feature = (Array.isArray(given) ? given[0] : given) as Feature | null | undefined;
    const names = feature?.names ?? feature?.feature?.names;
    return Array.isArray(names) ? [[column, names] as const] : [];
  });
  return new Map(entries);
}

/**
 * Class names by the note that `datasets` leaves in a file's metadata; none where there is no note.
 *
 * @throws {DataError} for a note that cannot be read.
 */
export function notedClassNames(
  path: string,
  note: string | undefined,
): ReadonlyMap<string, readonly string[]> {
  if (note === undefined) return new Map();
  try {
    const { info } = JSON.parse(note) as { info?: { features?: object | null } };
    return classNamesOf(info?.features ?? {});
  } catch (error) {
    throw new DataError(
      `${path}: the names of classes that it notes (metadata "huggingface") cannot be read: ${(error as Error).message}.`,
    );
  }
}

/** A class number, or a list of them, by name; -1 stands for no class. */
export function named(value: unknown, names: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((part) => named(part, names));
  return typeof value === "number" ? (names[value] ?? value) : value;
}
