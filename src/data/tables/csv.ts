/** @module CSV, TSV and other delimited tables. */

import { say, setting } from "../../message.js";
import { count } from "../../text.js";
import type { Quoting } from "./fields.js";
import { columnNames } from "./header.js";
import { type Line, linesOf } from "./lines.js";
import { recordsOf, type TableRecord } from "./records.js";
import type { ReadOptions, Row } from "./row.js";
import { guessSeparator, SAMPLE_LINES, separatorName, statedSeparator } from "./separator.js";
import { withoutSwallowed } from "./swallowed.js";

/** The file's lines; odd encodings and zero bytes become issues. */
async function* textLines(path: string, { issues, encoding }: ReadOptions): AsyncGenerator<Line> {
  for await (const line of linesOf(path, encoding)) {
    const where = `${path}:${line.number}`;
    if (line.note !== undefined) issues.add("encoding", where, line.note, "kept");
    if (!line.text.includes("\0")) {
      yield line;
      continue;
    }
    issues.add("zero-bytes", where, "NUL characters, left out", "kept");
    yield { ...line, text: line.text.replaceAll("\0", "") };
  }
}

async function* joined(start: readonly Line[], rest: AsyncIterator<Line>): AsyncGenerator<Line> {
  yield* start;
  for (;;) {
    const next = await rest.next();
    if (next.done) return;
    yield next.value;
  }
}

/** The lines of the table itself, and what separates its columns. */
async function opened(
  path: string,
  options: ReadOptions,
): Promise<{ lines: AsyncIterable<Line>; separator: string }> {
  const { issues, header } = options;
  const rest = textLines(path, options)[Symbol.asyncIterator]();
  const start: Line[] = [];
  while (start.length < SAMPLE_LINES) {
    const next = await rest.next();
    if (next.done) break;
    start.push(next.value);
  }
  const stated = statedSeparator(start[0]?.text ?? "");
  const lines = joined(stated === null ? start : start.slice(1), rest);
  const given = options.separator ?? stated;
  if (given !== null) return { lines, separator: given };
  const usual = path.toLowerCase().endsWith(".tsv") ? "\t" : ",";
  const { separator, doubt } = await guessSeparator(start, usual, header?.length);
  if (doubt !== undefined) {
    const message = say`${separatorName(separator)} is used to separate the columns (${doubt}): ${setting("data.separator")} chooses another`;
    issues.add("separator-doubtful", `${path}:1`, message, "kept");
  }
  return { lines, separator };
}

const REPAIRS: Readonly<Record<Exclude<Quoting, "rfc">, string>> = {
  ordinary: "quotation marks that do not pair, read as ordinary characters",
  loose: "text behind a closing quotation mark, read as part of the field",
  backslash: "quotation marks with a backslash before them, read as escaped",
};

// Texts of a table may have paragraphs, but hardly pages.
const LONG_FIELD = 100;

/** Records what was odd about a record; whether it is a row. */
function isRow(
  { line, bodies, fields, quoting, fits }: TableRecord,
  path: string,
  width: number,
  { issues, onBad }: ReadOptions,
): boolean {
  const last = line + bodies.length - 1;
  if (!fits) {
    const where = bodies.length === 1 ? `${path}:${line}` : `${path}:${line}-${last}`;
    const what = bodies.length === 1 ? "" : `a quoted field over ${bodies.length} lines: `;
    const message = `${what}${count(fields.length, "field")}, the header has ${width}`;
    issues.broken("row-broken", where, message, onBad);
    return false;
  }
  if (quoting !== "rfc") {
    issues.add("quotes-odd", `${path}:${line}`, REPAIRS[quoting], "kept");
  }
  if (bodies.length > LONG_FIELD) {
    const message = `a quoted field of ${bodies.length} lines; is a quotation mark missing?`;
    issues.add("field-long", `${path}:${line}-${last}`, message, "kept");
  }
  return true;
}

/**
 * Reads a delimited table: byte-order mark, any line ends, quotes and line breaks within them, blank lines.
 * The separator is what the file says (`sep=;`) or what the header and the first rows have. Quotation
 * marks that do not pair are ordinary characters; rows with another number of fields than the header
 * are broken. Every line is in a row, in an issue, or blank.
 *
 * @throws {DataError} for a missing file, or at the first broken row where the user chose to stop.
 */
export async function readCsv(path: string, options: ReadOptions): Promise<Row[]> {
  const { lines, separator } = await opened(path, options);
  const records: TableRecord[] = [];
  for await (const record of recordsOf(lines, separator, options.header?.length)) {
    records.push(record);
  }
  const first = options.header ? undefined : records.shift();
  const names =
    options.header ?? columnNames(first?.fields ?? [], `${path}:${first?.line ?? 1}`, options);
  return withoutSwallowed(records, separator, names.length).flatMap((record) => {
    if (!isRow(record, path, names.length, options)) return [];
    const cells = new Map(names.map((name, at) => [name, record.fields[at]]));
    return [{ where: `${path}:${record.line}`, cells }];
  });
}
