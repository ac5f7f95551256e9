/** @module Which column of a table holds what: as given, or guessed by common names. */

import { DataError } from "../../errors.js";
import { nearest } from "../../text.js";
import type { Row } from "./row.js";

/** What a column can hold. */
export type Field = "id" | "image" | "text" | "label" | "split" | "group";

/** Column of each field; fields without a column are absent. */
export type Columns = Readonly<Partial<Record<Field, string>>>;

const COMMON_NAMES: Readonly<Record<Field, readonly string[]>> = {
  id: ["id", "uid", "key"],
  image: ["image", "img", "image_path", "image_file", "file_name", "filename", "file", "path"],
  text: ["text", "caption", "title", "sentence", "description"],
  label: ["label", "labels", "class", "category", "target", "genres"],
  split: ["split", "set", "partition", "subset"],
  // Nothing is taken for a group by its name: it would change the split.
  group: [],
};

/**
 * Finds the columns of a table.
 *
 * @param hasFeatures - Whether features stand for picture or text, so that no column must.
 * @throws {DataError} when a given column does not exist, or no label or no modality is found; the
 *   message lists the columns that there are.
 */
export function findColumns(
  path: string,
  rows: readonly Row[],
  given: Partial<Record<Field, string | undefined>>,
  hasFeatures = false,
): Columns {
  const names = [...new Set(rows.flatMap(({ cells }) => [...cells.keys()]))];
  const list = `The table has the columns ${names.join(", ")}.`;
  const columns: Partial<Record<Field, string>> = {};
  for (const [field, common] of Object.entries(COMMON_NAMES) as [Field, readonly string[]][]) {
    const wanted = given[field];
    if (wanted !== undefined && !names.includes(wanted)) {
      const guess = nearest(wanted, names);
      throw new DataError(
        `${path}: there is no column "${wanted}" for the ${field}.`,
        guess ? `Did you mean "${guess}"? ${list}` : list,
      );
    }
    const found =
      wanted ?? common.flatMap((name) => names.filter((n) => n.toLowerCase() === name))[0];
    if (found !== undefined) columns[field] = found;
  }
  if (!columns.label) {
    throw new DataError(
      `${path}: no column for the label.`,
      `Name it with --label-column. ${list}`,
    );
  }
  if (!columns.image && !columns.text && !hasFeatures) {
    throw new DataError(
      `${path}: neither a column for the image nor one for the text.`,
      `Name them with --image-column and --text-column. ${list}`,
    );
  }
  return columns;
}
