/** @module Guesses the columns of a table that nobody named. */

import { DataError } from "../../errors.js";
import { say, setting } from "../../message.js";
import type { Modality } from "../dataset.js";
import type { IssueLog } from "../issues.js";
import type { TrainedColumns } from "../trainedColumns.js";
import { type ColumnFacts, columnFacts } from "./facts.js";
import { type Field, type GuessedField, ROLES } from "./roles.js";
import type { Row } from "./row.js";

/** What is not to be looked for. */
export interface Needs {
  /** Columns that hold something else, such as feature vectors. */
  readonly taken: readonly string[];
  /** The modality that is not used, if one is not. */
  readonly unused: Modality | null;
  /** Columns that the tables of a training had: they are taken where they are there; default: none. */
  readonly trained?: TrainedColumns | undefined;
  /** Whether labels and splits are looked for. */
  readonly labels: boolean;
  /** Modalities that features stand for. */
  readonly features: { readonly image: boolean; readonly text: boolean };
}

/** A guessed column. */
export interface Guess {
  readonly column: string;
  readonly by: "guessed" | "guessed by its values";
}

/** A column whose name fits a field; the smallest rank fits best. */
interface Candidate {
  readonly column: string;
  readonly rank: number;
  readonly fits: boolean;
}

const FIELDS = Object.keys(ROLES) as readonly GuessedField[];

const plainName = (name: string): string =>
  name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s_\-./]/g, "");

const list = (columns: readonly string[]): string =>
  columns.map((column) => `"${column}"`).join(" and ");

/** Whether one of some columns has a name that can only mean the field. */
export const hasNamedColumn = (names: readonly string[], field: GuessedField): boolean =>
  names.some((name) => ROLES[field].ranks.flat().includes(plainName(name)));

/** Looks at the names and values of a table's columns. */
export class Guesser {
  readonly #facts = new Map<string, ColumnFacts>();

  constructor(
    readonly table: { readonly path: string; readonly rows: readonly Row[] },
    readonly names: readonly string[],
    readonly needs: Needs,
    readonly issues: IssueLog,
  ) {}

  /**
   * Columns of the fields that have none yet.
   *
   * @param known - Columns that are known.
   * @param skip - Fields that are not guessed.
   * @param others - Columns that hold something else.
   * @throws {DataError} where two columns fit a field equally well.
   */
  complete(
    known: Readonly<Partial<Record<Field, string>>>,
    skip: readonly Field[],
    others: readonly string[],
  ): ReadonlyMap<Field, Guess> {
    const taken = new Set([...Object.values(known), ...this.needs.taken, ...others]);
    const open = FIELDS.filter((field) => known[field] === undefined && !skip.includes(field));
    const guesses = new Map<Field, Guess>();
    for (const ways of [this.#byName, this.#byValues]) {
      for (const field of open.filter((one) => !guesses.has(one))) {
        const guess = ways.call(this, field, taken);
        if (!guess) continue;
        guesses.set(field, guess);
        taken.add(guess.column);
      }
    }
    return guesses;
  }

  #factsOf(column: string): ColumnFacts {
    const known = this.#facts.get(column);
    if (known) return known;
    const facts = columnFacts(this.table.rows, column);
    this.#facts.set(column, facts);
    return facts;
  }

  /** Columns whose names fit a field, the best first: fitting values count more than fitting names. */
  #candidates(field: GuessedField, taken: ReadonlySet<string>): readonly Candidate[] {
    const { ranks, vague, fits } = ROLES[field];
    return this.names
      .filter((column) => !taken.has(column))
      .flatMap((column): Candidate[] => {
        const name = plainName(column);
        const at = ranks.findIndex((rank) => rank.includes(name));
        const facts = this.#factsOf(column);
        const isVague = at < 0;
        if (isVague && !(vague.includes(name) && facts.filled > 0 && fits(facts))) return [];
        const rank = isVague ? ranks.length : at;
        return [{ column, rank, fits: facts.filled > 0 && fits(facts) }];
      })
      .sort((a, b) => Number(b.fits) - Number(a.fits) || a.rank - b.rank);
  }

  #byName(field: GuessedField, taken: ReadonlySet<string>): Guess | null {
    const [best, ...others] = this.#candidates(field, taken);
    if (!best) return null;
    const equal = others.filter(({ rank, fits }) => rank === best.rank && fits === best.fits);
    if (equal.length > 0 && !this.#hasFeatures(field)) {
      return this.#undecided(
        field,
        [best, ...equal].map(({ column }) => column),
      );
    }
    const also = others.filter(({ fits, rank }) => fits || rank <= best.rank);
    // Another id matters only where features are found by it.
    const matters = field !== "id" || this.needs.features.image || this.needs.features.text;
    if (also.length > 0 && matters) {
      const message = say`"${best.column}" is used as the ${field}, not ${list(also.map(({ column }) => column))}; ${setting(`data.columns.${field}`)} chooses another`;
      this.issues.add("columns-several", this.table.path, message, "noted");
    }
    return { column: best.column, by: "guessed" };
  }

  #byValues(field: GuessedField, taken: ReadonlySet<string>): Guess | null {
    if (this.#hasFeatures(field)) return null;
    const { shows } = ROLES[field];
    const found = this.names.filter((column) => {
      if (taken.has(column)) return false;
      const facts = this.#factsOf(column);
      return facts.filled > 0 && shows(facts);
    });
    if (found.length === 0) return null;
    if (found.length > 1) return this.#undecided(field, found);
    return { column: found[0]!, by: "guessed by its values" };
  }

  #hasFeatures(field: GuessedField): boolean {
    return (field === "image" || field === "text") && this.needs.features[field];
  }

  /** Ids only name samples: without them, rows are named by their places. */
  #undecided(field: GuessedField, columns: readonly string[]): null {
    const { image, text } = this.needs.features;
    const message = `the columns ${list(columns)} fit the ${field} equally well`;
    if (field !== "id" || image || text) {
      throw new DataError(
        `${this.table.path}: ${message}.`,
        say`Choose one with ${setting(`data.columns.${field}`)}. The table has the columns ${this.names.join(", ")}.`,
      );
    }
    const done = say`${message}: rows are named by their places; ${setting("data.columns.id")} chooses one`;
    this.issues.add("columns-several", this.table.path, done, "noted");
    return null;
  }
}
