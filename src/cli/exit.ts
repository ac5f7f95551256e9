/** @module Exit codes, and how errors are shown. */

import { inspect } from "node:util";

import { DataError, UserError } from "../errors.js";
import { SystemError, systemError } from "../system.js";
import { DivergenceError } from "../train/divergence.js";
import { complain, print } from "./print.js";
import { commandWords } from "./words.js";

/** What the command line returns to the shell. */
export const EXIT = {
  ok: 0,
  /** A defect of ours; the stack trace is printed. */
  defect: 1,
  /** Wrong usage: flags, settings, files of a run. */
  usage: 2,
  /** Data that cannot be used. */
  data: 3,
  /** Training diverged. */
  diverged: 4,
  /** Some runs of a comparison failed; its tables show the others. */
  incomplete: 5,
  /** The system refuses to read or write a file: no room, no permission. */
  system: 6,
  /** Stopped by Ctrl-C; the run can be resumed. */
  interrupted: 130,
  /** Whoever read the output has gone. */
  pipe: 141,
} as const;

/** Prints an error for people and gives the exit code. */
export function reportError(thrown: unknown, json: boolean): number {
  const error = thrown instanceof UserError ? thrown : systemError(thrown);
  if (!error) {
    complain(inspect(thrown));
    complain("This is a defect in balgrad, not in your data. Please report it.");
    return EXIT.defect;
  }
  const { message, hint } = error.in(commandWords);
  if (json) {
    print(JSON.stringify({ error: { name: error.name, message, hint } }));
  } else {
    complain(`error: ${message}`);
    if (hint !== undefined) complain(`       ${hint}`);
  }
  if (error instanceof DivergenceError) return EXIT.diverged;
  if (error instanceof DataError) return EXIT.data;
  if (error instanceof SystemError) return EXIT.system;
  return EXIT.usage;
}
