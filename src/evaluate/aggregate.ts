/** @module Results over several seeds: mean and standard deviation. */

import {
  type Case,
  type CaseOf,
  CASES,
  casesOf,
  RESULT_IMPAIRMENTS,
  type ResultImpairment,
} from "../impairments/cases.js";
import type { CorruptionName } from "../impairments/further.js";
import type { ProtocolRow } from "./result.js";

/** Mean and sample standard deviation (0 for a single value). */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** Columns of an impairment: its cases, their mean and their gap. */
type ColumnOf<N extends string> = CaseOf<N> | `${N}-average` | `${N}-gap`;

/** A column of the results table. */
export type Column = "full" | ColumnOf<ResultImpairment>;

const columnsOf = <N extends string>(name: N) =>
  [...casesOf(name), `${name}-average`, `${name}-gap`] as const;

/** Columns of the paper's results table. */
export const COLUMNS: readonly Column[] = [
  "full",
  ...RESULT_IMPAIRMENTS.flatMap(({ name }): Column[] => [...columnsOf(name)]),
];

/** Mean scores over seeds at one strength of noise. */
export type NoiseMeans = Readonly<Record<"strength" | "imageNoisy" | "textNoisy", number>>;

/** Scores under corruptions over seeds. */
export interface CorruptionSpreads {
  readonly kinds: readonly {
    readonly corruption: CorruptionName;
    /** Mean over severities. */
    readonly average: Spread;
    /** By severity, mean over seeds. */
    readonly severities: readonly number[];
  }[];
  /** Mean over the kinds. */
  readonly average: Spread;
}

/** One row of the results table over seeds. */
export interface ResultRow {
  readonly label: string;
  readonly seeds: number;
  readonly columns: Readonly<Record<Column, Spread>>;
  /** Impaired cases whose mean is above the mean on full input. */
  readonly negativeTransfer: readonly Case[];
  /** Scores by the strength of noise; `null` where not every seed has them. */
  readonly noiseCurve: readonly NoiseMeans[] | null;
  /** Scores under corruptions; `null` where not every seed has them. */
  readonly corruptions: CorruptionSpreads | null;
}

/** Mean and sample standard deviation of some values. */
export function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

/** The value of a column in one result. */
export function columnValue(row: ProtocolRow, column: Column): number {
  for (const { name } of RESULT_IMPAIRMENTS) {
    if (column === `${name}-average`) return row[name].average;
    if (column === `${name}-gap`) return row[name].gap;
  }
  return row.scores[column as Case];
}

function noiseMeans(rows: readonly ProtocolRow[]): ResultRow["noiseCurve"] {
  const curves = rows.flatMap(({ noiseCurve }) => (noiseCurve ? [noiseCurve] : []));
  if (curves.length < rows.length) return null;
  return curves[0]!.map(({ strength }, at) => {
    const mean = (side: "imageNoisy" | "textNoisy"): number =>
      spreadOf(curves.map((curve) => curve[at]![side])).mean;
    return { strength, imageNoisy: mean("imageNoisy"), textNoisy: mean("textNoisy") };
  });
}

const meanOf = (values: readonly number[]): number => spreadOf(values).mean;

function corruptionSpreads(rows: readonly ProtocolRow[]): ResultRow["corruptions"] {
  const all = rows.flatMap(({ corruptions }) => (corruptions ? [corruptions] : []));
  if (all.length < rows.length) return null;
  const kinds = all[0]!.flatMap(({ corruption }) => {
    const own = all.flatMap((scores) => scores.filter((one) => one.corruption === corruption));
    return own.length < rows.length ? [] : [{ corruption, own }];
  });
  return {
    kinds: kinds.map(({ corruption, own }) => ({
      corruption,
      average: spreadOf(own.map(({ average }) => average)),
      severities: own[0]!.severities.map((_, at) =>
        meanOf(own.map(({ severities }) => severities[at]!)),
      ),
    })),
    average: spreadOf(rows.map((_, seed) => meanOf(kinds.map(({ own }) => own[seed]!.average)))),
  };
}

/**
 * One row of the results table. Averages and gaps are taken per seed, then averaged.
 *
 * @param rows - Results of one method, one per seed; at least one.
 */
export function aggregate(label: string, rows: readonly ProtocolRow[]): ResultRow {
  const columns = Object.fromEntries(
    COLUMNS.map((column) => [column, spreadOf(rows.map((row) => columnValue(row, column)))]),
  ) as Record<Column, Spread>;
  return {
    label,
    seeds: rows.length,
    columns,
    negativeTransfer: CASES.filter((name) => columns[name].mean > columns.full.mean),
    noiseCurve: noiseMeans(rows),
    corruptions: corruptionSpreads(rows),
  };
}
