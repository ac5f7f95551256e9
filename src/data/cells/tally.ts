/** @module What the filled cells of a column gave: how many a picture or a text, and why the others none. */

import { count } from "../../text.js";
import type { CellLoss, ColumnYield } from "../dataset.js";

/** What was done to read a cell, where that is not what the cell says; an issue. */
export interface CellNote {
  readonly kind: string;
  readonly message: string;
}

/** A cell without a picture or text: empty, or filled and unusable, which is an issue. */
export type NoReading =
  | { readonly kind: "none" }
  | { readonly kind: "lost"; readonly issue: string; readonly message: string };

const SHOWN = 80;

/** The beginning of what a cell holds, for messages. */
export function cellExcerpt(value: unknown): string {
  const text =
    typeof value === "string"
      ? value
      : value instanceof Uint8Array
        ? `${value.length} bytes`
        : JSON.stringify(
            value instanceof Map ? Object.fromEntries(value) : value,
            (_, part: unknown) => (typeof part === "bigint" ? String(part) : part),
          );
  const start = text.slice(0, SHOWN);
  return text.length > SHOWN ? `${start}...` : start;
}

/** Counts the filled cells of a column. */
export class CellTally {
  #filled = 0;
  #usable = 0;
  readonly #forms = new Map<string, number>();
  readonly #losses = new Map<string, { cells: number; first: CellLoss["first"] }>();

  /**
   * Counts a cell that gave something.
   *
   * @param form - What it held, where that is no plain path or text.
   */
  gain(form?: string): void {
    this.#filled++;
    this.#usable++;
    if (form !== undefined) this.#forms.set(form, (this.#forms.get(form) ?? 0) + 1);
  }

  /** Counts a cell that gave nothing. */
  lose(reason: string, where: string, value: unknown): void {
    this.#filled++;
    const known = this.#losses.get(reason);
    if (known) known.cells++;
    else this.#losses.set(reason, { cells: 1, first: { where, given: cellExcerpt(value) } });
  }

  /** What was counted. */
  counts(): Pick<ColumnYield, "filled" | "usable" | "forms" | "losses"> {
    const losses = [...this.#losses].map(([reason, loss]) => ({ reason, ...loss }));
    return {
      filled: this.#filled,
      usable: this.#usable,
      forms: [...this.#forms].map(([form, cells]) => ({ form, cells })),
      losses: losses.sort((a, b) => b.cells - a.cells),
    };
  }
}

/** What cells held besides plain paths and texts, in words; empty where there is nothing to say. */
export function describeForms(yields: readonly ColumnYield[]): string {
  const parts = yields.flatMap(({ column, forms }) =>
    forms.map(({ form, cells }) => `${column}: ${count(cells, "cell")} with ${form}`),
  );
  return parts.length === 0 ? "" : `; ${parts.join(", ")}`;
}
