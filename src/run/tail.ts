/** @module The metrics of a run in a folder, followed while they are written. */

import { open } from "node:fs/promises";

import { isMissing, systemError } from "../system.js";
import { METRICS_FILE } from "./metrics.js";
import { type MetricsLine, MetricsReader } from "./metricsReader.js";
import type { RunFolder } from "./folder.js";

/** Reads each line of `metrics.jsonl` once. */
export class MetricsTail {
  readonly #path: string;
  #reader: MetricsReader;
  #offset = 0;
  /** A run that continues after a stop writes its file anew. */
  #inode: number | null = null;
  #lines: MetricsLine[] = [];
  #reading: Promise<readonly MetricsLine[]> | null = null;

  constructor(store: RunFolder) {
    this.#path = store.locate(METRICS_FILE);
    this.#reader = new MetricsReader(this.#path);
  }

  /**
   * All lines so far, in order.
   *
   * @throws {UserError} naming the line, when the file is damaged; the next call starts from the beginning.
   */
  lines(): Promise<readonly MetricsLine[]> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #read(): Promise<readonly MetricsLine[]> {
    try {
      const bytes = await this.#next();
      // A copy: whoever has the lines of before keeps them as they were.
      if (bytes.length > 0) this.#lines = [...this.#lines, ...this.#reader.add(bytes)];
    } catch (error) {
      this.#restart(null);
      throw systemError(error, this.#path) ?? error;
    }
    return this.#lines;
  }

  #restart(inode: number | null): void {
    this.#reader = new MetricsReader(this.#path);
    this.#offset = 0;
    this.#inode = inode;
    this.#lines = [];
  }

  /** The bytes that were added since the last call; all, where the file is another one. */
  async #next(): Promise<Uint8Array> {
    const handle = await open(this.#path, "r").catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw error;
    });
    if (handle === null) {
      this.#restart(null);
      return new Uint8Array();
    }
    try {
      const { ino, size } = await handle.stat();
      if (ino !== this.#inode || size < this.#offset) this.#restart(ino);
      const bytes = new Uint8Array(size - this.#offset);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, this.#offset);
      this.#offset += bytesRead;
      return bytes.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  }
}
