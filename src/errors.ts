/** @module Errors meant for people: what was wrong, where, what was expected and how to fix it. */

import { inWords, type Text, type Words } from "./message.js";

/**
 * A mistake in what the user gave us (a file, an option, a data set, a checkpoint).
 *
 * The command line prints `message` and `hint` without a stack trace. Anything else that is
 * thrown is a defect of ours and keeps its stack trace.
 */
export class UserError extends Error {
  /** How to fix it, one sentence; shown on its own line. */
  readonly hint: string | undefined;

  readonly #texts: { readonly message: Text; readonly hint: Text | undefined };

  constructor(message: Text, hint?: Text) {
    super(String(message));
    this.name = "UserError";
    this.hint = hint === undefined ? undefined : String(hint);
    this.#texts = { message, hint };
  }

  /** Message and hint in the words of a surface, which has its own for settings and use cases. */
  in(words: Words): { readonly message: string; readonly hint: string | undefined } {
    const { message, hint } = this.#texts;
    return {
      message: inWords(message, words),
      hint: hint === undefined ? undefined : inWords(hint, words),
    };
  }
}

/** A file or data set that cannot be used: the message starts with the file and, if known, the line. */
export class DataError extends UserError {
  constructor(message: Text, hint?: Text) {
    super(message, hint);
    this.name = "DataError";
  }
}

/** An option or configuration value outside what is allowed. */
export class ConfigError extends UserError {
  constructor(message: Text, hint?: Text) {
    super(message, hint);
    this.name = "ConfigError";
  }
}
