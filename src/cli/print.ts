/** @module The only places that print: what comes out of data and file names cannot command the terminal. */

import { printable } from "../text.js";

/** Prints lines on standard output. */
export function print(text: string): void {
  console.log(printable(text));
}

/** Prints lines on standard error. */
export function complain(text: string): void {
  console.error(printable(text));
}
