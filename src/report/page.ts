/** @module What all pages are made of: escaped text, tables, one document that needs nothing else. */

import { STYLE } from "./style.js";
import type { Grid } from "./table.js";

/** Text made safe for HTML. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}

/** A cell of a table; the best of its column is marked. */
export interface PageCell {
  readonly text: string;
  readonly best?: boolean;
}

/** A table: names on the left, numbers to the right; it scrolls where the window is too narrow. */
export function pageTable(
  head: readonly string[],
  body: readonly (readonly [name: string, ...cells: PageCell[]])[],
): string {
  const heading = (text: string): string => `<th scope="col">${escapeHtml(text)}</th>`;
  const rows = body.map(([name, ...cells]) => {
    const values = cells.map(
      ({ text, best }) => `<td${best ? ' class="best"' : ""}>${escapeHtml(text)}</td>`,
    );
    return `<tr><th scope="row">${escapeHtml(name)}</th>${values.join("")}</tr>`;
  });
  return `<div class="scroll" tabindex="0"><table><thead><tr>${head.map(heading).join("")}</tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>`;
}

/** A section with a table of texts under its title. */
export function gridSection({ title, head, body }: Grid): string {
  const cells = body.map(
    ([name = "", ...texts]) => [name, ...texts.map((text) => ({ text }))] as const,
  );
  return `<section><h2>${escapeHtml(title)}</h2>${pageTable(head, cells)}</section>`;
}

/** A whole page of sections: readable offline, without scripts, in light and dark mode. */
export function renderPage(title: string, sections: readonly string[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>
${sections.join("\n")}
</main></body></html>
`;
}
