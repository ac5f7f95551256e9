/** @module Code blocks, commands in running text, and links of Markdown files. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const inFolder = (folder: string): string[] =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name));

/** Every page of the documentation, as a path in the repository. */
export const PAGES: readonly string[] = [
  ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md"].filter((name) =>
    inFolder(join(name, "..")).includes(name),
  ),
  ...inFolder("docs"),
  ...inFolder("docs/results"),
];

/** A block between fences. */
export interface Block {
  /** File and line, for messages. */
  readonly where: string;
  /** What follows the opening fence; empty where nothing does. */
  readonly language: string;
  readonly code: string;
}

export const textOf = (page: string): string => readFileSync(join(ROOT, page), "utf8");

const FENCE = /^```(\S*)\n([\s\S]*?)^```$/gm;

/** Code blocks of all pages. */
export const blocks: readonly Block[] = PAGES.flatMap((page) =>
  [...textOf(page).matchAll(FENCE)].map((found) => {
    const line = found.input.slice(0, found.index).split("\n").length;
    return { where: `${page}:${line}`, language: found[1]!, code: found[2]! };
  }),
);

/** A page without its code blocks, with the spans of code left. */
export const proseOf = (page: string): string => textOf(page).replace(FENCE, "");

/** A command in running text. */
export interface Span {
  readonly where: string;
  readonly code: string;
}

/** Spans of code in running text. */
export const spans: readonly Span[] = PAGES.flatMap((page) =>
  [...proseOf(page).matchAll(/`([^`]+)`/g)].map(([, code]) => ({
    where: page,
    code: code!.replaceAll(/\s+/g, " "),
  })),
);
