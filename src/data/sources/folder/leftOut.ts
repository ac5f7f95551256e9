/** @module What a folder's reader does not use, counted by kind. */

import { relative } from "node:path";

import type { IssueLog } from "../../issues.js";

/** Kinds of what is left out: one of it, several, and what is said of them. */
const KINDS = {
  "folder-hidden": [
    "hidden file or folder",
    "hidden files or folders",
    "with names that start with a dot or two underscores",
  ],
  "folder-system": ["file or folder of operating systems", "files or folders of operating systems"],
  "folder-other": ["other file", "other files", "neither pictures nor texts beside them"],
  "folder-special": ["pipe, socket or device", "pipes, sockets or devices"],
  "folder-link": ["link", "links", "to a folder or to nothing"],
  "folder-deep": ["picture", "pictures", "deeper than the folders of the classes"],
  "folder-loose": ["picture", "pictures", "in no folder of a class"],
  "folder-unlisted": ["picture", "pictures", "without a row in the metadata"],
  "folder-text": ["text", "texts", "beside pictures that have metadata"],
  "folder-split": ["picture", "pictures", "beside the folders of the splits"],
} as const;

/** A kind of what is left out. */
export type LeftOutKind = keyof typeof KINDS;

// Examples in a message; the number is whole.
const SHOWN = 3;

/** Collects what is left out of a folder. */
export class LeftOut {
  readonly #paths = new Map<LeftOutKind, string[]>();

  constructor(readonly folder: string) {}

  /** Counts a file or folder that is not used. */
  add(kind: LeftOutKind, path: string): void {
    const paths = this.#paths.get(kind);
    if (paths) paths.push(path);
    else this.#paths.set(kind, [path]);
  }

  /** Names every kind with its number and some examples. */
  report(issues: IssueLog): void {
    for (const [kind, paths] of this.#paths) {
      const [one, several, what] = KINDS[kind];
      const shown = paths.slice(0, SHOWN).map((path) => relative(this.folder, path));
      const more = paths.length > SHOWN ? ", ..." : "";
      const counted = `${paths.length.toLocaleString("en")} ${paths.length === 1 ? one : several}`;
      const why = what === undefined ? "" : `, ${what}`;
      const message = `${counted} not used${why}: ${shown.join(", ")}${more}`;
      issues.add(kind, this.folder, message, "noted");
    }
  }
}
