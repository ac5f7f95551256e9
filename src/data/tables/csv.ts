/** @module CSV and TSV files. */

import { Readable } from "node:stream";

import { CsvError, type Info, parse } from "csv-parse";

import { DataError } from "../../errors.js";
import { count } from "../../text.js";
import { linesOf, MAX_LINE_BYTES } from "./lines.js";
import type { ReadOptions, Row } from "./row.js";

/** The file's text by lines; odd encodings become issues. */
async function* textOf(path: string, { issues }: ReadOptions): AsyncGenerator<string> {
  for await (const { number, text, fallback } of linesOf(path)) {
    if (fallback) {
      issues.add("encoding", `${path}:${number}`, "not UTF-8; read as Windows-1252", "kept");
    }
    yield text;
  }
}

/**
 * Reads a CSV or TSV file: quotes, line breaks within quotes, byte-order mark, CRLF. Rows with another
 * number of fields than the header are broken.
 *
 * @param header - Column names of a file without a header.
 * @throws {DataError} for a missing file, or at the first broken row where the user chose to stop.
 */
export async function readCsv(path: string, options: ReadOptions): Promise<Row[]> {
  const { issues, onBad, header } = options;
  const rows: Row[] = [];
  let names = header;
  const parser = parse({
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    max_record_size: MAX_LINE_BYTES,
    delimiter: path.toLowerCase().endsWith(".tsv") ? "\t" : ",",
    skip_records_with_error: onBad !== "stop",
    on_skip: (error) => {
      const line = error instanceof CsvError ? Number(error["lines"]) : 0;
      issues.skip("row-broken", `${path}:${line}`, error?.message ?? "malformed row");
    },
  });
  const source = Readable.from(textOf(path, options));
  source.on("error", (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: Info;
    }>) {
      if (!names) {
        names = record;
        continue;
      }
      const where = `${path}:${info.lines}`;
      if (record.length === names.length) {
        rows.push({ where, cells: new Map(names.map((name, at) => [name, record[at]])) });
        continue;
      }
      const message = `${count(record.length, "field")}, the header has ${names.length}`;
      issues.broken("row-broken", where, message, onBad);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new DataError(
      `${path}: malformed table: ${error.message}.`,
      "Every row needs as many fields as the header; quote fields that contain separators.",
    );
  }
  return rows;
}
