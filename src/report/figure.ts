/** @module Figures of pages: plots with a title, a legend and a caption. */

import { escapeHtml } from "./page.js";
import type { Drawing } from "./plots/plot.js";

/** Plots that show the same, under one title. */
export interface Figure {
  /** Name of its files, without extension. */
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  /** At least one; all have the first one's legend. */
  readonly drawings: readonly Drawing[];
}

/** A figure as a section of a page. */
export function figureSection({ name, title, caption, drawings }: Figure): string {
  const legend = drawings[0]!.legend.map(
    ({ name: entry, colour }) =>
      `<li><span style="background:${colour}"></span>${escapeHtml(entry)}</li>`,
  );
  const list = legend.length > 0 ? `<ul class="legend">${legend.join("")}</ul>` : "";
  const plots = drawings.map(({ svg }) => `<div class="scroll" tabindex="0">${svg}</div>`).join("");
  return `<section id="${name}"><h2>${escapeHtml(title)}</h2><figure>${list}${plots}<figcaption>${escapeHtml(caption)}</figcaption></figure></section>`;
}
