/** @module Arrow files, as Hugging Face `datasets` saves them, with pictures embedded. */

import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import {
  DataType,
  type Field,
  type RecordBatch,
  type Schema,
  StructRow,
  Vector,
} from "apache-arrow";

import { DataError } from "../../errors.js";
import { ArrowBatches, arrowError } from "./arrowBatches.js";
import { named, notedClassNames } from "./huggingFace.js";
import { PictureCell, type Row } from "./row.js";

const isBytes = (type: DataType): boolean =>
  DataType.isBinary(type) || DataType.isLargeBinary(type);

/** Whether a column holds bytes, or structures of bytes and a path. */
const holdsPictures = (type: DataType): boolean =>
  isBytes(type) ||
  (DataType.isStruct(type) &&
    (type.children as readonly Field<DataType>[]).some(
      ({ name, type }) => name === "bytes" && isBytes(type),
    ));

/** A value as plain text, number, list or object. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") {
    // Ids of 64 bits are digits: as doubles many of them would be one.
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (value instanceof Vector) return [...value].map(plain);
  if (value instanceof StructRow) {
    return Object.fromEntries([...value].map(([name, part]) => [name, plain(part)]));
  }
  return value;
}

/** The bytes in a value of a column of pictures; `null` where it has none. */
function bytesIn(value: unknown): Uint8Array | null {
  const part = value instanceof StructRow ? (value.toJSON()["bytes"] as unknown) : value;
  return part instanceof Uint8Array ? part : null;
}

/** Class names by the file's own note, else by the description beside it. */
async function classNames(
  path: string,
  { metadata }: Schema,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const noted = notedClassNames(path, metadata.get("huggingface"));
  if (noted.size > 0) return noted;
  const about = join(dirname(path), "dataset_info.json");
  // It need not be there: numbers stay numbers.
  const beside = await readFile(about, "utf8").catch(() => null);
  return notedClassNames(about, beside === null ? undefined : `{"info":${beside}}`);
}

/** Batches of pictures that were asked for last. */
class PictureBatches {
  readonly #known = new Map<number, Promise<RecordBatch>>();

  constructor(readonly file: ArrowBatches) {}

  /** A cell of a batch, read when it is decoded. */
  cell(batch: number, row: number, column: string): PictureCell {
    return new PictureCell({
      kind: "deferred",
      identity: `${this.file.path}#${batch}#${row}#${column}#${this.file.version}`,
      load: async () => {
        const bytes = await this.#bytes(batch, row, column);
        if (!bytes) throw new DataError("the cell holds no picture");
        return { kind: "bytes", bytes };
      },
    });
  }

  async #bytes(batch: number, row: number, column: string): Promise<Uint8Array | null> {
    try {
      const found = await this.#batch(batch);
      const bytes = bytesIn(found.getChild(column)?.get(row));
      // A copy: threads are given the whole memory that a view is of.
      return bytes && bytes.slice();
    } catch (error) {
      throw arrowError(this.file.path, error);
    }
  }

  #batch(at: number): Promise<RecordBatch> {
    const known = this.#known.get(at);
    if (known) return known;
    // Two are kept: rows are asked for nearly in order.
    if (this.#known.size > 1) this.#known.delete(this.#known.keys().next().value!);
    const read = this.file.read(at);
    this.#known.set(at, read);
    return read;
  }
}

/**
 * Reads an Arrow file, of either kind. Columns of bytes, or of structures with `bytes`, hold pictures, which
 * are read later; class numbers get the names that Hugging Face `datasets` notes in the file or beside it.
 *
 * @throws {DataError} for a missing or malformed file.
 */
export async function readArrow(path: string): Promise<Row[]> {
  const file = await ArrowBatches.open(path);
  return rowsOf(file).catch((error: unknown) => {
    throw arrowError(path, error);
  });
}

async function rowsOf(file: ArrowBatches): Promise<Row[]> {
  const { path } = file;
  const pictures = new PictureBatches(file);
  const rows: Row[] = [];
  let names: ReadonlyMap<string, readonly string[]> | null = null;
  for (let at = 0; at < file.batches.length; at++) {
    const batch = await file.read(at);
    names ??= await classNames(path, batch.schema);
    const classes = names;
    const columns = batch.schema.fields.map(({ name, type }, index) => {
      const vector = batch.getChildAt(index)!;
      const own = classes.get(name) ?? [];
      const isPicture = holdsPictures(type as DataType);
      const cell = (row: number): unknown => {
        const value: unknown = vector.get(row);
        if (isPicture && bytesIn(value)) return pictures.cell(at, row, name);
        return named(plain(value), own);
      };
      return { name, cell };
    });
    for (let row = 0; row < batch.numRows; row++) {
      const cells = columns.map(({ name, cell }) => [name, cell(row)] as const);
      rows.push({ where: `${path}:${rows.length + 1}`, cells: new Map(cells) });
    }
  }
  return rows;
}
