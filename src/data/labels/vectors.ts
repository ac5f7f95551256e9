/** @module Vectors of zeros and ones: each position is a class. */

import { DataError } from "../../errors.js";
import type { LabelValue } from "./list.js";

type Values = readonly LabelValue[];

/** Of all lists, so many must be vectors before the others count as mistakes. */
const MOST = 0.9;

const BIT = /^([01])(?:\.0*)?$/;

/** Whether a value is set: `true`, `false`, or `undefined` where it is neither 0 nor 1. */
export function bitOf(value: LabelValue): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value === "string") {
    const digit = BIT.exec(value.trim())?.[1];
    return digit === undefined ? undefined : digit === "1";
  }
  return Number(value) === 1 ? true : value !== null && Number(value) === 0 ? false : undefined;
}

const isBits = (values: Values): boolean =>
  values.length > 0 && values.every((value) => bitOf(value) !== undefined);

const repeats = (values: Values): boolean =>
  new Set(values.map((value) => (bitOf(value) === undefined ? value : Number(bitOf(value))))).size <
  values.length;

/** The most frequent length, and how many lists have it. */
function commonLength(lists: readonly Values[]): readonly [length: number, lists: number] {
  const counts = new Map<number, number>();
  for (const { length } of lists) counts.set(length, (counts.get(length) ?? 0) + 1);
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best), [0, 0]);
}

/**
 * The length of a column's vectors of zeros and ones, `null` where its lists are class numbers or names.
 * Vectors have one length of two or more. A value that occurs twice in a list proves that it is a vector.
 *
 * @param needsProof - Whether lists without such a value are taken for class numbers.
 */
export function vectorLength(lists: readonly Values[], needsProof: boolean): number | null {
  const filled = lists.filter(({ length }) => length > 0);
  const bits = filled.filter(isBits);
  const [length, vectors] = commonLength(bits);
  if (length < 2) return null;
  const proof = bits.some(repeats);
  if (vectors === filled.length) return proof || !needsProof ? length : null;
  return proof && vectors >= MOST * filled.length ? length : null;
}

/**
 * Refuses vectors of other numbers, such as probabilities: read as class numbers they would be nonsense.
 *
 * @param lists - Lists that are not vectors of zeros and ones, with their places.
 * @throws {DataError} naming the first.
 */
export function refuseOtherVectors(
  lists: readonly { readonly where: string; readonly values: Values }[],
): void {
  const filled = lists.filter(({ values }) => values.length > 0);
  const numeric = (values: Values): boolean =>
    values.every((value) => typeof value === "number" || typeof value === "boolean");
  const [length, same] = commonLength(filled.map(({ values }) => values));
  if (length < 2 || same < MOST * filled.length) return;
  if (!filled.every(({ values }) => numeric(values))) return;
  const repeated = filled.filter(({ values }) => repeats(values));
  const fraction = filled.find(
    ({ values }) => !values.every((one) => Number.isInteger(Number(one))),
  );
  const odd = filled.find(({ values }) => !isBits(values));
  if (!odd || (!fraction && 2 * repeated.length < filled.length)) return;
  throw new DataError(
    `${(fraction ?? odd).where}: the labels are vectors of ${length} numbers, but not of zeros and ones: [${(fraction ?? odd).values.join(", ")}].`,
    "Write 1 for each class of the sample and 0 for the others, or give class names or numbers.",
  );
}
