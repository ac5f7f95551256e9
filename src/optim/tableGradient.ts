/** @module The gradient of a table of which a batch looks up few rows: those rows, and where they belong. */

import type { HostTensor } from "../graph/hostTensor.js";

/** Values of a table that are treated at a time: as many as the kernel sums in float32. */
export const STRETCH = 4096;

/**
 * A matrix that is zero but for some rows. It is never formed: {@link visit} lays one stretch of it after the other into
 * the same few values. The runtime writes the rows; one that comes several times counts as the sum.
 */
export class TableGradient {
  readonly #scratch: Float32Array;
  readonly #rowsOfTable: number;
  readonly #width: number;
  #indices = new Int32Array(0);
  #rows = new Float32Array(0);
  /** Places among the rows, by the row of the table that they belong to. */
  #order = new Uint32Array(0);

  /**
   * @param shape - Of the table, a matrix.
   * @param scratch - {@link STRETCH} zeros, where the kernel sees them.
   */
  constructor(shape: readonly number[], scratch: Float32Array) {
    [this.#rowsOfTable, this.#width] = shape as [number, number];
    this.#scratch = scratch;
  }

  /** Where the runtime writes a number of rows, and the rows of the table that they belong to. */
  outputs(count: number): { readonly rows: HostTensor; readonly indices: HostTensor } {
    if (this.#indices.length !== count) {
      this.#indices = new Int32Array(count);
      this.#rows = new Float32Array(count * this.#width);
    }
    return {
      rows: { dtype: "float32", shape: [count, this.#width], data: this.#rows },
      indices: { dtype: "int32", shape: [count], data: this.#indices },
    };
  }

  /** Takes in what was written. */
  sort(): void {
    const rowAt = (place: number): number => {
      const index = this.#indices[place]!;
      return index < 0 ? index + this.#rowsOfTable : index;
    };
    for (let place = 0; place < this.#indices.length; place++) {
      this.#indices[place] = rowAt(place);
    }
    // Sums of rows in the order in which they came: each result depends on its batch alone.
    const order = Uint32Array.from(this.#indices.keys());
    this.#order = order.sort((a, b) => this.#indices[a]! - this.#indices[b]! || a - b);
  }

  /**
   * Goes through the table from its beginning. At each call the values from `start` on are in the scratch.
   *
   * @param which - All stretches, or those with a row that was written.
   */
  visit(which: "all" | "written", each: (start: number) => void): void {
    const size = this.#rowsOfTable * this.#width;
    let first = 0;
    for (let start = 0; start < size; start += STRETCH) {
      while (first < this.#order.length && this.#end(first) <= start) first++;
      const isWritten = this.#add(first, start);
      if (isWritten || which === "all") each(start);
      if (isWritten) this.#scratch.fill(0);
    }
  }

  /** Where the row of the table ends that a place of the order belongs to. */
  #end(at: number): number {
    return (this.#indices[this.#order[at]!]! + 1) * this.#width;
  }

  /** Adds what belongs to one stretch to the scratch; whether there was anything. */
  #add(first: number, start: number): boolean {
    const width = this.#width;
    let at = first;
    for (; at < this.#order.length; at++) {
      const begin = this.#end(at) - width;
      if (begin >= start + STRETCH) break;
      const from = this.#order[at]! * width - begin;
      const stop = Math.min(begin + width, start + STRETCH);
      for (let value = Math.max(begin, start); value < stop; value++) {
        this.#scratch[value - start]! += this.#rows[from + value]!;
      }
    }
    return at > first;
  }
}
