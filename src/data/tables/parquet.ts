/** @module Parquet files, with pictures embedded as Hugging Face `datasets` does. */

import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  type SchemaElement,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";

import { DataError } from "../../errors.js";
import { regularFile } from "../regularFile.js";
import { PictureCell, type Row } from "./row.js";

type File = Awaited<ReturnType<typeof asyncBufferFromFile>>;

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

/** Names of the classes of integer columns, as Hugging Face `datasets` notes them in the file. */
function classNames({ key_value_metadata = [] }: FileMetaData): ReadonlyMap<string, string[]> {
  const noted = key_value_metadata.find(({ key }) => key === "huggingface")?.value;
  if (noted === undefined) return new Map();
  const { info } = JSON.parse(noted) as {
    info?: { features?: Record<string, { names?: string[]; feature?: { names?: string[] } }> };
  };
  const entries = Object.entries(info?.features ?? {}).flatMap(([name, feature]) => {
    const names = feature.names ?? feature.feature?.names;
    return names ? [[name, names] as const] : [];
  });
  return new Map(entries);
}

/** A value as plain text, number or list; class numbers by their names. */
function plain(value: unknown, names: readonly string[] | undefined): unknown {
  if (Array.isArray(value)) return value.map((part) => plain(part, names));
  const number = typeof value === "bigint" ? Number(value) : value;
  return names && typeof number === "number" ? (names[number] ?? number) : number;
}

/** Encoded pictures of one column, read by row group and kept for the next rows. */
class PictureColumn {
  readonly #groups = new Map<number, Promise<readonly unknown[]>>();
  readonly #starts: readonly number[];

  constructor(
    readonly file: File,
    readonly metadata: FileMetaData,
    readonly column: string,
  ) {
    let start = 0;
    this.#starts = metadata.row_groups.map(({ num_rows }) => {
      start += Number(num_rows);
      return start - Number(num_rows);
    });
  }

  /** The bytes of one row's picture, `null` where it has none. */
  async bytes(row: number): Promise<Uint8Array | null> {
    const group = this.#starts.findLastIndex((start) => start <= row);
    const values = await this.#group(group);
    const value = values[row - this.#starts[group]!];
    if (value instanceof Uint8Array) return value;
    const bytes = (value as { bytes?: unknown } | null)?.bytes;
    return bytes instanceof Uint8Array ? bytes : null;
  }

  #group(at: number): Promise<readonly unknown[]> {
    const known = this.#groups.get(at);
    if (known) return known;
    // Two are kept: rows are asked for nearly in order.
    if (this.#groups.size > 1) this.#groups.delete(this.#groups.keys().next().value!);
    const { file, metadata, column } = this;
    const rowStart = this.#starts[at]!;
    const rowEnd = this.#starts[at + 1] ?? Number(metadata.num_rows);
    const columns = [column];
    const read = parquetReadObjects({
      ...{ file, metadata, compressors, columns, rowStart, rowEnd, utf8: false },
    }).then((rows) => rows.map((row) => row[column] as unknown));
    this.#groups.set(at, read);
    return read;
  }
}

/** The picture of one row, read when it is decoded. */
const deferred = (column: PictureColumn, row: number, identity: string): PictureCell =>
  new PictureCell({
    kind: "deferred",
    identity,
    load: async () => {
      const bytes = await column.bytes(row);
      if (!bytes) throw new DataError("the cell holds no picture");
      return { kind: "bytes", bytes };
    },
  });

/**
 * Reads a Parquet file. Columns of bytes, or of structures with `bytes`, hold pictures and are read
 * later; class numbers become the names that Hugging Face `datasets` notes in the file.
 *
 * @throws {DataError} for a missing or malformed file.
 */
export async function readParquet(path: string): Promise<Row[]> {
  const info = await regularFile(path);
  try {
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    const columns = topColumns(metadata);
    const pictures = columns.filter(
      ({ element, parts }) =>
        parts.includes("bytes") || (element.type === "BYTE_ARRAY" && !isText(element)),
    );
    const plainColumns = columns
      .filter((column) => !pictures.includes(column))
      .map(({ element }) => element.name);
    const names = classNames(metadata);
    const values =
      plainColumns.length === 0
        ? Array.from({ length: Number(metadata.num_rows) }, () => ({}))
        : await parquetReadObjects({ file, metadata, compressors, columns: plainColumns });
    const readers = pictures.map(({ element }) => new PictureColumn(file, metadata, element.name));
    return values.map((row: Record<string, unknown>, at) => {
      const cells = Object.entries(row).map(
        ([name, value]) => [name, plain(value, names.get(name))] as const,
      );
      const images = readers.map((reader) => {
        const identity = `${path}#${at}#${reader.column}#${info.size}#${info.mtimeMs}`;
        return [reader.column, deferred(reader, at, identity)] as const;
      });
      return {
        where: `${path}:${at + 1}`,
        cells: new Map<string, unknown>([...cells, ...images]),
      };
    });
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(
      `${path}: not a Parquet file that can be read: ${(error as Error).message}.`,
    );
  }
}
