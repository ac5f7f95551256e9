/** @module Tables of the pages that the command line writes for the docs. */

/** A text as code; an empty one stays empty. */
export const code = (text: string): string => (text === "" ? "" : `\`${text}\``);

const line = (cells: readonly string[]): string =>
  `| ${cells.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;

/** A table in Markdown. */
export const markdownGrid = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string => [line(head), `|${" --- |".repeat(head.length)}`, ...rows.map(line)].join("\n");
