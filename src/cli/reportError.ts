/** @module How errors are shown, and what they exit with. */

import { inspect } from "node:util";

import { DataError, UserError } from "../errors.js";
import { SystemError, systemError } from "../system.js";
import { DivergenceError } from "../train/divergence.js";
import { EXIT } from "./exit.js";
import { complain, print } from "./print.js";
import { commandWords } from "./words.js";

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
