/** @module Whether a data set can be trained on, and why not. */

import { basename } from "node:path";

import { DataError } from "../errors.js";
import { type Message, say, setting, type Text, useCase } from "../message.js";
import { count } from "../text.js";
import {
  type CellLoss,
  type ColumnYield,
  type Dataset,
  type Modality,
  type Sample,
  samplesOf,
  SPLITS,
} from "./dataset.js";
import { emptySplit } from "./labels/absent.js";

/** What decoding gave of one modality's pictures or texts. */
export interface SideYield {
  readonly given: number;
  readonly usable: number;
  readonly losses: readonly CellLoss[];
}

/** What encoding a data set gave. */
export interface Yields extends Readonly<Record<Modality, SideYield>> {
  /** Samples of the training split with each modality. */
  readonly training: Readonly<Record<Modality, number>>;
}

/** A reason why data cannot be trained on. */
export interface Unfit {
  readonly reason: Text;
  /** What to do about it. */
  readonly hint?: Text;
}

/** Of the filled cells, a smaller share that can be used means that they are misread. */
const FEWEST = 0.05;

const NAMES = { image: "picture", text: "text" } as const;

const isNearlyNone = (usable: number, filled: number): boolean =>
  filled > 0 && usable < FEWEST * filled;

const REASONS_NAMED = 3;

/** Why some gave nothing, each reason with its first example. */
const describeLosses = (losses: readonly CellLoss[]): string =>
  losses
    .slice(0, REASONS_NAMED)
    .map(({ reason, cells, first: { where, given } }) => {
      const times = losses.length > 1 ? `${cells}, ` : "";
      const example = given === "" ? where : `${where}: "${given}"`;
      return `${reason} (${times}the first: ${example})`;
    })
    .join("; ");

/** What is wrong with columns of whose filled cells nearly none gives anything. */
export const misreadColumns = (columns: readonly ColumnYield[]): Unfit[] =>
  columnsWithout(columns).map(({ reason, hint }) => ({
    reason,
    ...(hint !== undefined && { hint }),
  }));

/** Columns that are there and of whose filled cells nearly none gives anything. */
const columnsWithout = (columns: readonly ColumnYield[]): (Unfit & { side: Modality })[] =>
  columns
    .filter(({ usable, filled }) => isNearlyNone(usable, filled))
    .map(({ side, table, column, filled, usable, losses, hint }) => ({
      side,
      reason: `${filled - usable} of ${count(filled, "filled cell")} of the column "${column}" of ${basename(table)} give no ${NAMES[side]}: ${describeLosses(losses)}`,
      ...(hint !== undefined && { hint }),
    }));

/** A modality of whose pictures or texts nearly none could be used. */
function sideWithout(side: Modality, yields: Yields, columns: readonly ColumnYield[]): Unfit[] {
  const { given, usable, losses } = yields[side];
  const own = columns.filter((column) => column.side === side);
  // Cells that gave nothing when they were read may have been given on.
  const filled = Math.max(
    given,
    own.reduce((sum, column) => sum + column.filled, 0),
  );
  if (!isNearlyNone(usable, filled)) return [];
  const all = [...losses, ...own.flatMap((column) => column.losses)];
  const hint = own.find((column) => column.hint !== undefined)?.hint;
  return [
    {
      reason: `${filled - usable} of ${count(filled, NAMES[side])} cannot be used: ${describeLosses(all)}`,
      ...(hint !== undefined && { hint }),
    },
  ];
}

const has = (sample: Sample, side: Modality): boolean => {
  const own = sample.features?.[side];
  return own === undefined ? sample[side] !== null : own !== null;
};

const ASK: Readonly<Record<Modality, Message>> = {
  image: say`Add ${setting("data.modalities", "text")} to train on texts alone, or name the pictures' column with ${setting("data.columns.image")}.`,
  text: say`Add ${setting("data.modalities", "image")} to train on pictures alone, or name the texts' column with ${setting("data.columns.text")}.`,
};

/** A modality that no sample of the training split has, unless the other alone was asked for. */
function trainingWithout(side: Modality, dataset: Dataset, yields: Yields | undefined): Unfit[] {
  const { modalities = "both" } = dataset;
  if (modalities !== "both" && modalities !== side) return [];
  const training = samplesOf(dataset, "train");
  if (training.length === 0) return [];
  const held = yields?.training[side] ?? training.filter((sample) => has(sample, side)).length;
  if (held > 0) return [];
  const what = side === "image" ? "an image" : "a text";
  return [
    {
      reason: `no sample of the training split has ${what}`,
      ...(modalities === "both" && { hint: ASK[side] }),
    },
  ];
}

const SIDES: readonly Modality[] = ["image", "text"];

/** What is wrong with the cells and with what was decoded of them, and which modalities are not there. */
function unreadable(
  dataset: Dataset,
  yields: Yields | undefined,
  needed: readonly Modality[],
): Unfit[] {
  const { columns = [] } = dataset;
  const misread = columnsWithout(columns);
  const others = SIDES.filter((side) => !misread.some((column) => column.side === side));
  return [
    ...misreadColumns(columns),
    ...others.flatMap((side) => {
      const unusable = yields ? sideWithout(side, yields, columns) : [];
      if (unusable.length > 0 || !needed.includes(side)) return unusable;
      return trainingWithout(side, dataset, yields);
    }),
  ];
}

/**
 * Why a data set cannot be trained on; empty where it can.
 *
 * @param yields - What preparing gave, where the data are prepared.
 */
export function unfitness(dataset: Dataset, yields?: Yields): Unfit[] {
  const { classes, samples } = dataset;
  const empty = SPLITS.filter((split) => !samples.some((sample) => sample.split === split));
  const reasons: Unfit[] = empty.map((split) => ({ reason: emptySplit(dataset, split) }));
  if (classes.length < 2) {
    const only = classes.length === 1 ? ` ("${classes[0]}")` : "";
    reasons.push({
      reason: `there must be at least two classes in the training split, got ${classes.length}${only}`,
    });
  }
  return [...reasons, ...unreadable(dataset, yields, SIDES)];
}

/**
 * Checks that a data set can be trained on.
 *
 * @param yields - What preparing gave, where the data are prepared.
 * @throws {DataError} with the first reason why not.
 */
export function assertFit(dataset: Dataset, yields?: Yields): void {
  const [unfit] = unfitness(dataset, yields);
  if (!unfit) return;
  const counts = SPLITS.map((split) => `${split}: ${samplesOf(dataset, split).length}`).join(", ");
  throw new DataError(
    say`${dataset.name}: ${unfit.reason}.`,
    unfit.hint ??
      say`Samples per split: ${counts}. ${useCase("check")} shows what was skipped and why.`,
  );
}

/**
 * Checks that features can be made of a data set.
 *
 * @param yields - What encoding it gave.
 * @param needed - Modalities that there are encoders for.
 * @throws {DataError} with the first reason why not.
 */
export function assertReadable(
  dataset: Dataset,
  yields: Yields,
  needed: readonly Modality[],
): void {
  const [unfit] = unreadable(dataset, yields, needed);
  if (unfit) throw new DataError(say`${dataset.name}: ${unfit.reason}.`, unfit.hint);
}
