/** @module Parsers of command line values. */

import { InvalidArgumentError } from "commander";

/** A number of at least 0 without a fraction. */
export function parseWhole(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < 0) {
    throw new InvalidArgumentError("Not a whole number.");
  }
  return value;
}

/** A whole number of at least 1. */
export function parsePositive(text: string): number {
  const value = parseWhole(text);
  if (value === 0) throw new InvalidArgumentError("There must be at least one.");
  return value;
}

/** Names with commas between them. */
export const names = (text: string): string[] =>
  text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
