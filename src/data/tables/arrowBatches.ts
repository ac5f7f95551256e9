/** @module The batches of an Arrow file, found without reading them and read one by one. */

import { type FileHandle, open } from "node:fs/promises";

import {
  CompressionType,
  compressionRegistry,
  Message,
  type RecordBatch,
  RecordBatchReader,
} from "apache-arrow";
import { decompressZstd } from "hyparquet-compressors";

import { DataError } from "../../errors.js";
import { fileError, regularFile } from "../regularFile.js";

compressionRegistry.set(CompressionType.ZSTD, { decode: (data) => decompressZstd(data) });

/** Bytes of a message: its length, its description, its body. */
interface Place {
  readonly start: number;
  readonly end: number;
}

// The random-access kind of file is the same stream between its magic words.
const MAGIC = "ARROW1";
const MAGIC_BYTES = 8;
const CONTINUES = 0xffffffff;
// Descriptions list columns and buffers; a longer one is no Arrow file's.
const LONGEST_DESCRIPTION = 64 * 2 ** 20;

/** Some bytes of a file, fewer at its end. */
async function bytesAt(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, start);
  return bytes.subarray(0, bytesRead);
}

/** The messages of a file, in order. */
async function* messages(
  file: FileHandle,
  size: number,
): AsyncGenerator<{ readonly place: Place; readonly message: Message }> {
  const isFile = (await bytesAt(file, 0, MAGIC_BYTES)).toString("latin1", 0, 6) === MAGIC;
  for (let start = isFile ? MAGIC_BYTES : 0; start < size;) {
    const prefix = await bytesAt(file, start, 8);
    // Files of before 2019 have no word for "it continues".
    const isMarked = prefix.length >= 8 && prefix.readUInt32LE(0) === CONTINUES;
    const width = isMarked ? 8 : 4;
    const length = prefix.readUInt32LE(width - 4);
    if (length === 0) return;
    if (length > LONGEST_DESCRIPTION) throw new Error("a message is longer than any can be");
    const message = Message.decode(await bytesAt(file, start + width, length));
    const end = start + width + length + message.bodyLength;
    if (end > size) throw new RangeError("the file is cut off");
    yield { place: { start, end }, message };
    start = end;
  }
}

/** An Arrow file whose batches are read when they are asked for. */
export class ArrowBatches {
  private constructor(
    readonly path: string,
    /** Schema and dictionaries, which every batch needs. */
    readonly head: readonly Place[],
    readonly batches: readonly Place[],
    /** Changes whenever the file may have changed. */
    readonly version: string,
  ) {}

  /** @throws {DataError} for a missing or malformed file, or one with a compression that is not read. */
  static async open(path: string): Promise<ArrowBatches> {
    const { size, mtimeMs } = await regularFile(path);
    const [head, batches]: [Place[], Place[]] = [[], []];
    await withFile(path, async (file) => {
      for await (const { place, message } of messages(file, size)) {
        if (head.length === 0 && !message.isSchema()) throw new Error("it has no schema");
        if (!message.isRecordBatch()) head.push(place);
        else {
          if (message.header().compression?.type === CompressionType.LZ4_FRAME) {
            throw new DataError(
              `${path}: compressed with LZ4, which cannot be read.`,
              'Save it without compression or with "zstd".',
            );
          }
          batches.push(place);
        }
      }
      if (head.length === 0) throw new Error("it has no schema");
    });
    return new ArrowBatches(path, head, batches, `${size}#${mtimeMs}`);
  }

  /** Reads one batch. */
  read(at: number): Promise<RecordBatch> {
    return withFile(this.path, async (file) => {
      const places = [...this.head, this.batches[at]!];
      const parts = await Promise.all(
        places.map(({ start, end }) => bytesAt(file, start, end - start)),
      );
      const [batch] = RecordBatchReader.from(Buffer.concat([...parts, Buffer.alloc(8)]));
      if (!batch) throw new Error("a batch is missing");
      return batch;
    });
  }
}

/** The library's error about a damaged file, in words; it can come as late as when a value is looked at. */
export const arrowError = (path: string, error: unknown): DataError =>
  error instanceof DataError
    ? error
    : new DataError(`${path}: not an Arrow file that can be read: ${(error as Error).message}.`);

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  try {
    return await use(file);
  } catch (error) {
    throw arrowError(path, error);
  } finally {
    await file.close();
  }
}
