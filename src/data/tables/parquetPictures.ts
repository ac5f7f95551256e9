/** @module Encoded pictures in a column of a Parquet file. */

import { DataError } from "../../errors.js";
import { groupStarts, type ParquetFile, readGroup } from "./parquetGroups.js";
import { PictureCell } from "./row.js";

const bytesOf = (value: unknown): Uint8Array | null => {
  const bytes = value instanceof Uint8Array ? value : (value as { bytes?: unknown } | null)?.bytes;
  return bytes instanceof Uint8Array ? bytes : null;
};

/** Encoded pictures of one column, read by row group and kept for the next rows. */
export class PictureColumn {
  readonly #groups = new Map<number, Promise<readonly unknown[]>>();
  readonly #starts: readonly number[];

  constructor(
    readonly source: ParquetFile,
    readonly column: string,
  ) {
    this.#starts = groupStarts(source).slice(0, -1);
  }

  /** The picture of one row, read when it is decoded. */
  cell(row: number, identity: string): PictureCell {
    const load = async () => {
      const value = await this.#value(row).catch((error: unknown) => {
        const why = (error as Error).message;
        throw new DataError(`the file's page with the picture cannot be read: ${why}`);
      });
      const bytes = bytesOf(value);
      if (!bytes) throw new DataError("the cell holds no picture");
      return { kind: "bytes", bytes } as const;
    };
    return new PictureCell({ kind: "deferred", identity, load });
  }

  /**
   * What the rows without bytes hold, by their numbers: `null`, or a structure that may name a path. Only row
   * groups whose statistics count such rows are read.
   */
  async unembedded(): Promise<ReadonlyMap<number, unknown>> {
    const found = new Map<number, unknown>();
    for (const [at, { columns }] of this.source.metadata.row_groups.entries()) {
      const nulls = columns.some(({ meta_data }) => {
        const [name, part = "bytes"] = meta_data?.path_in_schema ?? [];
        const { null_count = 0 } = meta_data?.statistics ?? {};
        return name === this.column && part === "bytes" && null_count > 0;
      });
      if (!nulls) continue;
      (await this.#group(at)).forEach((value, row) => {
        if (bytesOf(value) === null) found.set(this.#starts[at]! + row, value);
      });
    }
    return found;
  }

  async #value(row: number): Promise<unknown> {
    const group = this.#starts.findLastIndex((start) => start <= row);
    return (await this.#group(group))[row - this.#starts[group]!];
  }

  #group(at: number): Promise<readonly unknown[]> {
    const known = this.#groups.get(at);
    if (known) return known;
    // Two are kept: rows are asked for nearly in order.
    if (this.#groups.size > 1) this.#groups.delete(this.#groups.keys().next().value!);
    const read = readGroup(this.source, at, [this.column], false).then((rows) =>
      rows.map(([value]) => value),
    );
    this.#groups.set(at, read);
    return read;
  }
}
