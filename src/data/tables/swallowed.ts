/** @module Rows that a stray quotation mark swallowed: quoted fields over several lines that are each a row. */

import { fieldsOf } from "./fields.js";
import { fitted, singleRecord, type TableRecord } from "./records.js";

/** A column with few values tells rows from pieces of a text. */
type KnownValues = ReadonlyMap<number, ReadonlySet<string>>;

const FEW = 1 / 3;
const ENOUGH_ROWS = 6;

/** Columns whose values recur, among the records that nobody doubts. */
function knownValues(records: readonly TableRecord[], width: number): KnownValues {
  const certain = records.filter(({ fits, bodies }) => fits && bodies.length === 1);
  if (certain.length < ENOUGH_ROWS) return new Map();
  const columns = Array.from({ length: width }, (_, column) => {
    const values = new Set<string>();
    for (const { fields } of certain) {
      values.add(fields[column]!);
      if (values.size > FEW * certain.length) return null;
    }
    return values;
  });
  return new Map(columns.flatMap((values, column) => (values ? [[column, values] as const] : [])));
}

/** Whether the table quotes separators and quotation marks somewhere, as a writer that knows how to does. */
const isQuoted = (records: readonly TableRecord[], separator: string): boolean =>
  records.some(
    ({ fits, bodies, fields }) =>
      bodies.some((body) => body.includes('""')) ||
      (fits && bodies.length === 1 && fields.some((field) => field.includes(separator))),
  );

/** Share of a record's lines that are rows by themselves, quotation marks taken for ordinary characters. */
function rowShare({ bodies }: TableRecord, separator: string, width: number, known: KnownValues) {
  const rows = bodies.filter((body) => {
    const fields = fitted(fieldsOf(body, separator, "ordinary"), width);
    return fields && [...known].every(([column, values]) => values.has(fields[column]!));
  });
  return rows.length / bodies.length;
}

/**
 * Cuts records up that are several rows. RFC 4180 would read `"a` in one line and `b"` many lines below as
 * one field; but where these lines are rows with values that the table has elsewhere, they are rows.
 *
 * @returns The records; those cut out of another have `quoting: "ordinary"` or their own repair.
 */
export function withoutSwallowed(
  records: readonly TableRecord[],
  separator: string,
  width: number,
): readonly TableRecord[] {
  const isSuspect = ({ bodies }: TableRecord): boolean => bodies.length > 1;
  if (width < 2 || !records.some(isSuspect)) return records;
  const known = knownValues(records, width);
  // Texts have commas and semicolons, so that a line of a text may look like a row; tabs are rare in them.
  const isRare = separator === "\t" || separator === "|";
  const canTell = known.size > 0 || (isRare && !isQuoted(records, separator));
  return records.flatMap((record) => {
    if (!isSuspect(record)) return [record];
    const share = rowShare(record, separator, width, known);
    if (!(record.fits ? canTell && share >= 0.9 : share >= 0.5)) return [record];
    return record.bodies.flatMap((body, at) =>
      body.trim() === "" ? [] : singleRecord(record.line + at, body, separator, width),
    );
  });
}
