/** @module Conditions on the figures of a diagnosis, for automatic checks. */

import { ConfigError } from "../errors.js";
import { ALL_CASES } from "../impairments/cases.js";

const COMPARISONS = {
  "<=": (value: number, bound: number) => value <= bound,
  ">=": (value: number, bound: number) => value >= bound,
  "<": (value: number, bound: number) => value < bound,
  ">": (value: number, bound: number) => value > bound,
} as const satisfies Readonly<Record<string, (value: number, bound: number) => boolean>>;

/** A condition such as `text-missing-drop>2`. */
export interface Condition {
  /** As it was written. */
  readonly text: string;
  readonly figure: string;
  readonly comparison: keyof typeof COMPARISONS;
  readonly bound: number;
}

const OF_CASES = ALL_CASES.filter((name) => name !== "full").flatMap((name) => [
  name,
  `${name}-drop`,
  `${name}-harm`,
]);

/** Figures that conditions may name. */
export const FIGURES: readonly string[] = [
  ...["full", "dominance", "image-unused", "text-unused", "conflict"],
  ...OF_CASES,
];

const PATTERN = /^\s*([a-z-]+)\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)\s*$/;

/**
 * Reads a condition.
 *
 * @throws {ConfigError} when it is none, or names none of {@link FIGURES}.
 */
export function parseCondition(text: string): Condition {
  const [, figure = "", comparison, bound] = PATTERN.exec(text) ?? [];
  if (comparison === undefined) {
    throw new ConfigError(
      `"${text}" is no condition.`,
      "Write a figure, one of < <= > >=, and a number: text-missing-drop>2",
    );
  }
  if (!FIGURES.includes(figure)) {
    throw new ConfigError(
      `"${text}": there is no figure "${figure}".`,
      `Figures: ${FIGURES.join(", ")}.`,
    );
  }
  return {
    ...{ text, figure },
    comparison: comparison as Condition["comparison"],
    bound: Number(bound),
  };
}

/**
 * Whether a condition holds.
 *
 * @throws {ConfigError} when the run has no such figure: its method records none.
 */
export function holds(
  { text, figure, comparison, bound }: Condition,
  figures: Readonly<Record<string, number>>,
): boolean {
  const value = figures[figure];
  if (value === undefined) throw new ConfigError(`"${text}": this run has no figure "${figure}".`);
  return COMPARISONS[comparison](value, bound);
}
