/** @module Errors meant for people: what was wrong, where, what was expected and how to fix it. */

/**
 * A mistake in what the user gave us (a file, an option, a data set, a checkpoint).
 *
 * The command line prints `message` and `hint` without a stack trace. Anything else that is
 * thrown is a defect of ours and keeps its stack trace.
 */
export class UserError extends Error {
  /** How to fix it, one sentence; shown on its own line. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = "UserError";
    this.hint = hint;
  }
}

/** A file or data set that cannot be used: the message starts with the file and, if known, the line. */
export class DataError extends UserError {
  constructor(message: string, hint?: string) {
    super(message, hint);
    this.name = "DataError";
  }
}

/** An option or configuration value outside what is allowed. */
export class ConfigError extends UserError {
  constructor(message: string, hint?: string) {
    super(message, hint);
    this.name = "ConfigError";
  }
}
