/** @module Errors as pages show them. */

import { UserError } from "../errors.js";
import { escapeHtml } from "../report/page.js";
import type { Words } from "../message.js";

/** An error in the words of a surface: what is wrong, and what to do. */
export function errorText(error: UserError, words: Words): string {
  const { message, hint } = error.in(words);
  return hint === undefined ? message : `${message} ${hint}`;
}

/** A notice on a page. */
export const notice = (text: string): string => `<p class="notice">${escapeHtml(text)}</p>`;

/**
 * What somebody may have got wrong, as a notice.
 *
 * @throws {unknown} what is no error for people.
 */
export function errorNotice(error: unknown, words: Words): string {
  if (!(error instanceof UserError)) throw error;
  return notice(errorText(error, words));
}
