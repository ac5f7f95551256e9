#!/usr/bin/env node
/** @module Starts the command line. It loads the rest by itself, so that a failure there is told in words. */

import { UserError } from "../errors.js";
import { systemError } from "../system.js";
import { printable } from "../text.js";

/** `EXIT.system`, without loading what that module loads. */
const REFUSED = 6;

/** A file of the program that cannot be found; Node says the same where too many files are open. */
function incomplete({ code, message }: NodeJS.ErrnoException): UserError | null {
  if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") return null;
  const hint =
    "If fewer than 256 files may be open (ulimit -n), raise the limit; else install balgrad again.";
  return new UserError(`balgrad cannot be loaded: ${message.split("\n")[0] ?? ""}.`, hint);
}

try {
  const { runProgram } = await import("./program.js");
  await runProgram();
} catch (error) {
  const refusal = systemError(error) ?? incomplete(error as NodeJS.ErrnoException);
  if (!refusal) throw error;
  console.error(printable(`error: ${refusal.message}\n       ${refusal.hint ?? ""}`));
  process.exitCode = REFUSED;
}
