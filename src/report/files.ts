/** @module Figures as files: SVG, and PNG drawn from it. */

import sharp from "sharp";

import { escapeHtml } from "./page.js";
import type { Figure } from "./figure.js";
import type { LegendEntry } from "./plots/plot.js";

/** Formats of figures. */
export const FIGURE_FORMATS = ["svg", "png"] as const;

/** A format of figures. */
export type FigureFormat = (typeof FIGURE_FORMATS)[number];

/** A figure as a file. */
export interface FigureFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const INK = "#1c1c1e";
const FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif";
/** Height of a line of the legend, and width of one of its letters, about. */
const [LINE, LETTER] = [20, 7.5];
const PADDING = 12;
/** Dots per pixel of a PNG: sharp in print. */
const SCALE = 2;

const sizeOf = (svg: string, name: "width" | "height"): number =>
  Number(new RegExp(`<svg[^>]*\\s${name}="([\\d.]+)"`).exec(svg)![1]);

/** The legend in lines of some width, from the top. */
function legendOf(legend: readonly LegendEntry[], width: number): { svg: string; height: number } {
  let [x, y] = [0, 0];
  const entries = legend.map(({ name, colour }) => {
    const needed = 24 + name.length * LETTER;
    if (x > 0 && x + needed > width) [x, y] = [0, y + LINE];
    const entry = `<rect x="${x}" y="${y}" width="11" height="11" rx="2" fill="${colour}"/><text x="${x + 17}" y="${y + 10}">${escapeHtml(name)}</text>`;
    x += needed;
    return entry;
  });
  return { svg: entries.join(""), height: entries.length > 0 ? y + LINE + 6 : 0 };
}

/** All plots of a figure below one another, with title and legend, as an SVG file that needs no page around it. */
function svgOf({ title, drawings }: Figure): string {
  const plots = drawings.map(({ svg }) => ({
    ...{ svg, width: sizeOf(svg, "width"), height: sizeOf(svg, "height") },
  }));
  const width = Math.max(...plots.map((plot) => plot.width)) + 2 * PADDING;
  const legend = legendOf(drawings[0]!.legend, width - 2 * PADDING);
  let y = PADDING + LINE + 8;
  const key = `<g transform="translate(${PADDING},${y})" font-size="12">${legend.svg}</g>`;
  y += legend.height;
  const placed = plots.map(({ svg, height }) => {
    const at = `<g transform="translate(${PADDING},${y})">${svg}</g>`;
    y += height + PADDING;
    return at;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" color="${INK}" fill="${INK}" font-family="${FONT}"><rect width="100%" height="100%" fill="#ffffff"/>
<text x="${PADDING}" y="${PADDING + 12}" font-size="15" font-weight="600">${escapeHtml(title)}</text>${key}
${placed.join("\n")}</svg>\n`;
}

/** Draws figures as files of some formats, named by the figures. */
export async function figureFiles(
  figures: readonly Figure[],
  formats: readonly FigureFormat[],
): Promise<FigureFile[]> {
  const files: FigureFile[] = [];
  for (const figure of figures) {
    const svg = new TextEncoder().encode(svgOf(figure));
    for (const format of formats) {
      const bytes =
        format === "svg"
          ? svg
          : await sharp(svg, { density: 72 * SCALE })
              .png()
              .toBuffer();
      files.push({ name: `${figure.name}.${format}`, bytes });
    }
  }
  return files;
}
