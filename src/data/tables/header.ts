/** @module Names of a table's columns. */

import { DataError } from "../../errors.js";
import { listed, say, setting } from "../../message.js";
import { count } from "../../text.js";
import type { Columns, GivenColumns } from "./columns.js";
import type { Field } from "./roles.js";
import type { ReadOptions, RepeatedColumn } from "./row.js";

/**
 * Names of columns by what a file calls them: `Unnamed: 2` for the third where it has no name, and
 * `text.1` for a second `text`, as pandas has them. Repeated names are an issue.
 *
 * @param where - File and line.
 */
export function columnNames(
  given: readonly (string | null)[],
  where: string,
  { issues, repeated }: Pick<ReadOptions, "issues" | "repeated">,
): string[] {
  const wanted = given.map((name, at) => name?.trim() || `Unnamed: ${at}`);
  const taken = new Set(wanted);
  const seen = new Map<string, number[]>();
  const names = wanted.map((name, at) => {
    const places = seen.get(name) ?? [];
    seen.set(name, [...places, at + 1]);
    if (places.length === 0) return name;
    let number = places.length;
    while (taken.has(`${name}.${number}`)) number++;
    const numbered = `${name}.${number}`;
    taken.add(numbered);
    return numbered;
  });
  for (const [name, places] of seen) {
    if (places.length < 2) continue;
    const called = places.slice(1).map((place) => `"${names[place - 1]!}"`);
    const message = `${count(places.length, "column")} are called "${name}": ${places.join(", ")}; the later are ${called.join(", ")} here`;
    issues.add("column-repeated", where, message, "kept");
    repeated?.set(name, { places, names: places.map((place) => names[place - 1]!) });
  }
  return names;
}

/**
 * Refuses to guess which of several columns of one name is meant.
 *
 * @param columns - Columns as found.
 * @param given - Columns that the user named, which are taken at their word.
 * @throws {DataError} naming the columns.
 */
export function assertNotRepeated(
  path: string,
  columns: Columns,
  given: GivenColumns,
  repeated: ReadonlyMap<string, RepeatedColumn>,
): void {
  for (const [field, column] of Object.entries(columns) as [Field, string][]) {
    const found = repeated.get(column);
    if (!found || given[field] !== undefined) continue;
    throw new DataError(
      `${path}: the columns ${found.places.join(" and ")} are all called "${column}".`,
      say`Choose the ${field}: ${listed(
        found.names.map((name) => say`${setting(`data.columns.${field}`, name)}`),
        " or ",
      )}.`,
    );
  }
}
