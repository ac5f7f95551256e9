/** @module The only places that print: what comes out of data and file names cannot command the terminal. */

import { Message } from "../message.js";
import { printable } from "../text.js";
import { commandWords } from "./words.js";

/** Prints lines on standard output. */
export function print(text: string): void {
  console.log(printable(text));
}

/** Prints lines on standard error. */
export function complain(text: string): void {
  console.error(printable(text));
}

/** A value in JSON; messages have the words of the command line. */
function inCommandWords(this: Readonly<Record<string, unknown>>, key: string, value: unknown) {
  // The value has gone through toJSON, which has the words of programs.
  const given = this[key];
  return given instanceof Message ? given.in(commandWords) : value;
}

/** Prints a value as one line of JSON on standard output. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, inCommandWords));
}

/**
 * Writes a piece of data on standard output, and waits while the reader has not caught up. Only a terminal is shown
 * other characters in place of those that would command it.
 */
export function printPiece(piece: string): Promise<void> {
  const { stdout } = process;
  return new Promise((resolve) => {
    stdout.write(stdout.isTTY ? printable(piece) : piece, () => {
      resolve();
    });
  });
}
