/** @module Parsers of command line values. */

import { InvalidArgumentError } from "commander";

import { CORRUPTIONS } from "../prepare/corrupt/kinds.js";
import { CLASS_WEIGHT_RULES } from "../train/config.js";

/** A number of at least 0 without a fraction. */
export function whole(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < 0) {
    throw new InvalidArgumentError("Not a whole number.");
  }
  return value;
}

/** A whole number of at least 1. */
export function positive(text: string): number {
  const value = whole(text);
  if (value === 0) throw new InvalidArgumentError("There must be at least one.");
  return value;
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** A length of time of at least a second, such as `90s`, `10m` or `1.5h`; gives seconds. */
export function timeSpan(text: string): number {
  const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text.trim()) ?? [];
  if (unit === "") {
    throw new InvalidArgumentError("Expected a number with a unit: 90s, 10m or 1.5h.");
  }
  const seconds = Number(amount) * SECONDS[unit]!;
  if (seconds < 1) throw new InvalidArgumentError("It must be at least one second: 1s.");
  return seconds;
}

/** Any number. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw new InvalidArgumentError("Not a number.");
  return value;
}

/** Names with commas between them. */
export const names = (text: string): string[] =>
  text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

/** Names of corruptions with commas between them, or `all`. */
export function corruptionNames(text: string): "all" | string[] {
  if (text === "all") return text;
  const given = names(text);
  const unknown = given.find((name) => !(CORRUPTIONS as readonly string[]).includes(name));
  if (unknown === undefined) return given;
  throw new InvalidArgumentError(
    `"${unknown}" is none of ${CORRUPTIONS.join(", ")}. All are tested without names; then the data or the run stand before the flag.`,
  );
}

/** The name of a rule, or `class=weight,class=weight`; a class may hold an equals sign, no comma. */
export function classWeights(text: string): string | Record<string, number> {
  if ((CLASS_WEIGHT_RULES as readonly string[]).includes(text)) return text;
  const pairs = text.split(",").map((pair) => {
    const at = pair.lastIndexOf("=");
    if (at < 1) {
      const rules = CLASS_WEIGHT_RULES.join(", ");
      throw new InvalidArgumentError(`Expected ${rules} or class=weight,class=weight.`);
    }
    return [pair.slice(0, at).trim(), number(pair.slice(at + 1))] as const;
  });
  return Object.fromEntries(pairs);
}
