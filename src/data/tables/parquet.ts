/** @module Parquet files, with pictures embedded as Hugging Face `datasets` does. */

import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  type SchemaElement,
} from "hyparquet";

import { DataError } from "../../errors.js";
import { regularFile } from "../regularFile.js";
import { notedClassNames } from "./huggingFace.js";
import { assertConsistent, type ParquetFile, readGroup } from "./parquetGroups.js";
import { PictureColumn } from "./parquetPictures.js";
import type { Row } from "./row.js";

/** Columns on the top level, with the names of their parts where they are structures. */
function topColumns({ schema }: FileMetaData): { element: SchemaElement; parts: string[] }[] {
  const [root, ...elements] = schema;
  let at = 0;
  // Depth first: a structure's parts follow it.
  const skip = (element: SchemaElement): string[] => {
    const parts: string[] = [];
    for (let child = 0; child < (element.num_children ?? 0); child++) {
      const part = elements[at++]!;
      parts.push(part.name);
      skip(part);
    }
    return parts;
  };
  return Array.from({ length: root?.num_children ?? 0 }, () => {
    const element = elements[at++]!;
    return { element, parts: skip(element) };
  });
}

const isText = ({ converted_type, logical_type }: SchemaElement): boolean =>
  ["UTF8", "ENUM", "JSON", "DECIMAL"].includes(converted_type ?? "") || logical_type !== undefined;

/** A 64-bit number, as the string of its digits where a double cannot hold it. */
function exact(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** A value as plain text, number or list; class numbers by their names. */
function plain(value: unknown, names: readonly string[] | undefined): unknown {
  if (Array.isArray(value)) return value.map((part) => plain(part, names));
  const number = typeof value === "bigint" ? exact(value) : value;
  return names && typeof number === "number" ? (names[number] ?? number) : number;
}

/** Opens a file and reads what it says of itself. */
async function openParquet(path: string): Promise<ParquetFile> {
  try {
    const file = await asyncBufferFromFile(path);
    const source = { path, file, metadata: await parquetMetadataAsync(file) };
    assertConsistent(source);
    return source;
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(
      `${path}: not a Parquet file that can be read: ${(error as Error).message}.`,
    );
  }
}

function assertNamesDiffer(path: string, names: readonly string[]): void {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice === undefined) return;
  const places = names.flatMap((name, at) => (name === twice ? [at + 1] : []));
  throw new DataError(
    `${path}: the columns ${places.join(" and ")} are all called "${twice}".`,
    "Write the file again with a name for each.",
  );
}

/**
 * Reads a Parquet file. Columns of bytes, or of structures with `bytes`, hold pictures and are read
 * later, but for cells without bytes, which are empty or name the picture's path; class numbers become the names that Hugging Face `datasets` notes in the file.
 *
 * @throws {DataError} for a missing or malformed file.
 */
export async function readParquet(path: string): Promise<Row[]> {
  const info = await regularFile(path);
  const source = await openParquet(path);
  const { metadata } = source;
  const columns = topColumns(metadata);
  assertNamesDiffer(
    path,
    columns.map(({ element }) => element.name),
  );
  const pictures = columns.filter(
    ({ element, parts }) =>
      parts.includes("bytes") || (element.type === "BYTE_ARRAY" && !isText(element)),
  );
  const plainColumns = columns
    .filter((column) => !pictures.includes(column))
    .map(({ element }) => element.name);
  const note = metadata.key_value_metadata?.find(({ key }) => key === "huggingface")?.value;
  const classes = notedClassNames(path, note);
  const readers = pictures.map(({ element }) => new PictureColumn(source, element.name));
  const without = await Promise.all(readers.map((reader) => reader.unembedded()));
  const rows: Row[] = [];
  for (const [group, { num_rows }] of metadata.row_groups.entries()) {
    const values =
      plainColumns.length === 0
        ? Array.from({ length: Number(num_rows) }, () => [])
        : await readGroup(source, group, plainColumns, true);
    for (const row of values) {
      const at = rows.length;
      const cells = plainColumns.map(
        (name, index) => [name, plain(row[index], classes.get(name))] as const,
      );
      const images = readers.map((reader, index) => {
        const identity = `${path}#${at}#${reader.column}#${info.size}#${info.mtimeMs}`;
        const unembedded = without[index]!;
        const cell = unembedded.has(at) ? unembedded.get(at) : reader.cell(at, identity);
        return [reader.column, cell] as const;
      });
      rows.push({ where: `${path}:${at + 1}`, cells: new Map([...cells, ...images]) });
    }
  }
  return rows;
}
