/** @module What is wrong with the data, collected while they are read. */

import { DataError } from "../errors.js";
import { say, setting, type Text } from "../message.js";
import type { DataIssue, OnBad } from "./dataset.js";

/** Collects issues; nothing is dropped without an entry here. */
export class IssueLog {
  readonly #issues: DataIssue[] = [];

  /** All issues so far, in the order in which they were met. */
  get issues(): readonly DataIssue[] {
    return this.#issues;
  }

  /** Records an issue. */
  add(kind: string, where: string, message: Text, outcome: DataIssue["outcome"]): void {
    this.#issues.push({ kind, where, message, outcome });
  }

  /** Records that a row or sample is left out. */
  skip(kind: string, where: string, message: Text): void {
    this.add(kind, where, message, "sample-skipped");
  }

  /**
   * Records that a row cannot be used at all.
   *
   * @throws {DataError} where the user chose to stop.
   */
  broken(kind: string, where: string, message: Text, onBad: OnBad): void {
    if (onBad === "stop") {
      throw new DataError(
        say`${where}: ${message}.`,
        say`Fix it, or continue with ${setting("data.onBad", "skip")}.`,
      );
    }
    this.skip(kind, where, message);
  }

  /**
   * Records that a sample has lost its picture or its text.
   *
   * @returns Whether the sample stays, without it.
   * @throws {DataError} where the user chose to stop.
   */
  lost(kind: string, where: string, message: Text, onBad: OnBad): boolean {
    if (onBad === "missing") this.add(kind, where, message, "modality-missing");
    else this.broken(kind, where, message, onBad);
    return onBad === "missing";
  }
}
