/** @module Answers as a Parquet file, made of lines of values: its footer needs all of them. */

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

import type { SchemaElement } from "hyparquet";
import { fileWriter, ParquetWriter } from "hyparquet-writer";

import type { AnswerField, FieldValue } from "./fields.js";

/** Rows of a row group: they are in memory together. */
const GROUP = 10_000;

const OPTIONAL = { repetition_type: "OPTIONAL" } as const;
const TEXT = { type: "BYTE_ARRAY", converted_type: "UTF8", ...OPTIONAL } as const;

function elementsOf({ name, kind }: AnswerField): SchemaElement[] {
  if (kind === "text") return [{ name, ...TEXT }];
  if (kind === "number") return [{ name, type: "DOUBLE", ...OPTIONAL }];
  return [
    { name, num_children: 1, converted_type: "LIST", ...OPTIONAL },
    { name: "list", num_children: 1, repetition_type: "REPEATED" },
    { name: "element", ...TEXT },
  ];
}

/**
 * Writes a Parquet file of rows that are lines of JSON, each a list of the fields' values. The file is on the disk only
 * as a whole when this returns.
 *
 * @param lines - Path of the file with the lines.
 * @param target - Path of the Parquet file.
 */
export async function parquetOfLines(
  lines: string,
  target: string,
  fields: readonly AnswerField[],
): Promise<void> {
  const schema = [
    { name: "root", num_children: fields.length },
    ...fields.flatMap((field) => elementsOf(field)),
  ];
  const writer = new ParquetWriter({ writer: fileWriter(target), schema, createdBy: "balgrad" });
  let rows: FieldValue[][] = [];
  const flush = async (): Promise<void> => {
    const columnData = fields.map(({ name }, at) => ({ name, data: rows.map((row) => row[at]) }));
    await writer.write({ columnData, rowGroupSize: GROUP });
    rows = [];
  };
  for await (const line of createInterface({ input: createReadStream(lines) })) {
    rows.push(JSON.parse(line) as FieldValue[]);
    if (rows.length === GROUP) await flush();
  }
  if (rows.length > 0) await flush();
  await writer.finish();
}
