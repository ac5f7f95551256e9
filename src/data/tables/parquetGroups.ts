/** @module Row groups of a Parquet file, with errors that say which. */

import { type asyncBufferFromFile, type FileMetaData, parquetRead } from "hyparquet";
import { compressors } from "hyparquet-compressors";

import { DataError } from "../../errors.js";

/** An open Parquet file. */
export interface ParquetFile {
  readonly path: string;
  readonly file: Awaited<ReturnType<typeof asyncBufferFromFile>>;
  readonly metadata: FileMetaData;
}

/** First rows of the row groups, and the number of all rows behind them. */
export function groupStarts({ metadata }: ParquetFile): readonly number[] {
  const starts = [0];
  for (const { num_rows } of metadata.row_groups) starts.push(starts.at(-1)! + Number(num_rows));
  return starts;
}

/**
 * Refuses a file whose numbers of rows contradict each other.
 *
 * @throws {DataError} naming the row group.
 */
export function assertConsistent(source: ParquetFile): void {
  const { path, metadata } = source;
  metadata.row_groups.forEach(({ num_rows, columns }, at) => {
    const values = columns.map(({ meta_data }) => meta_data?.num_values ?? 0n);
    if (num_rows >= 0n && values.every((count) => count >= num_rows)) return;
    throw new DataError(
      `${path}, row group ${at + 1}: it says that it has ${num_rows} rows, but its columns have fewer values.`,
      "The file is damaged; write it again.",
    );
  });
  const rows = groupStarts(source).at(-1);
  if (rows === Number(metadata.num_rows)) return;
  throw new DataError(
    `${path}: it says that it has ${metadata.num_rows} rows, but its row groups have ${rows}.`,
    "The file is damaged; write it again.",
  );
}

/**
 * Values of some columns of one row group, a list per row in the columns' order.
 *
 * @param at - Number of the row group, from 0.
 * @param utf8 - Whether byte arrays without a type are texts.
 * @throws {DataError} naming file and row group.
 */
export async function readGroup(
  source: ParquetFile,
  at: number,
  columns: readonly string[],
  utf8: boolean,
): Promise<readonly (readonly unknown[])[]> {
  const { path, file, metadata } = source;
  const starts = groupStarts(source);
  const [rowStart, rowEnd] = [starts[at]!, starts[at + 1]!];
  let rows: readonly (readonly unknown[])[] = [];
  try {
    await parquetRead({
      ...{ file, metadata, compressors, rowStart, rowEnd, utf8 },
      columns: [...columns],
      rowFormat: "array",
      onComplete: (found) => (rows = found),
    });
  } catch (error) {
    throw new DataError(
      `${path}, row group ${at + 1}: it cannot be read: ${(error as Error).message}.`,
      "The file is damaged, or uses what is not supported; write it again.",
    );
  }
  if (rows.length === rowEnd - rowStart) return rows;
  throw new DataError(
    `${path}, row group ${at + 1}: it has ${rows.length} rows instead of ${rowEnd - rowStart}.`,
  );
}
