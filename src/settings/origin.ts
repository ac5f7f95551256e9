/** @module Where settings come from, so that errors show them as the user wrote them. */

import { say, type Text } from "../message.js";

/** Where settings come from. */
export interface Origin {
  /**
   * A setting as it was written, for the start of an error: `--embed 1.5`, `settings.json: model.embed = 1.5`.
   *
   * @param value - What was given; `undefined` where nothing was.
   */
  readonly written: (path: string, value: unknown) => Text;
}

/** Longest value that errors repeat, characters. */
const LONGEST = 80;

/** A setting with its value, cut short: `model.embed = 1.5`; the path alone where nothing was given. */
export function assignment(path: string, value: unknown): string {
  if (value === undefined) return path;
  // Values that JSON does not have, such as functions, are shown by their type.
  const text = (JSON.stringify(value) as string | undefined) ?? typeof value;
  return `${path} = ${text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text}`;
}

/** Settings of a program. */
export const programOrigin: Origin = { written: assignment };

/** Settings of a file, or of something else with a name. */
export const namedOrigin = (name: Text): Origin => ({
  written: (path, value) => say`${name}: ${assignment(path, value)}`,
});

/** A name or an origin as an origin. */
export const originOf = (origin: Origin | string): Origin =>
  typeof origin === "string" ? namedOrigin(origin) : origin;
