/** @module What all pages are made of: escaped text, tables, figures, one document that needs nothing else. */

import type { Drawing } from "./plots/plot.js";
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
  return `<div class="scroll"><table><thead><tr>${head.map(heading).join("")}</tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>`;
}

/** A figure with its legend; nothing where there is nothing to draw. */
export function figure(
  drawings: readonly (Drawing | null)[],
  title: string,
  caption: string,
): string {
  const drawn = drawings.filter((drawing) => drawing !== null);
  if (drawn.length === 0) return "";
  const legend = drawn[0]!.legend.map(
    ({ name, colour }) => `<li><span style="background:${colour}"></span>${escapeHtml(name)}</li>`,
  );
  const list = legend.length > 0 ? `<ul class="legend">${legend.join("")}</ul>` : "";
  const plots = drawn.map(({ svg }) => `<div class="scroll">${svg}</div>`).join("");
  return `<section><h2>${title}</h2><figure>${list}${plots}<figcaption>${caption}</figcaption></figure></section>`;
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
