/** @module Pages as documents: what stays, around the parts that are replaced. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { escapeHtml } from "../report/page.js";
import { drawPlot } from "../report/plots/plot.js";
import { STYLE } from "../report/style.js";
import type { View } from "./view.js";

const read = (file: string): string =>
  readFileSync(new URL(`./page/${file}`, import.meta.url), "utf8");

/** The style sheet of all pages: that of reports, and what they do not have. */
export const styleSheet: string = STYLE + read("ui.css");

/** The script of all pages: it replaces parts that have changed. */
export const script: string = read("ui.js");

let policy: string | undefined;

/** What a browser may run or apply: our own files, and the rules that every plot brings along. */
function contentPolicy(): string {
  const [, rules = ""] = /<style>([\s\S]*?)<\/style>/.exec(drawPlot("", {})) ?? [];
  const hash = createHash("sha256").update(rules).digest("base64");
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src-elem 'self' 'sha256-${hash}'`,
    // Colours and sizes of plots; texts of runs are never in them.
    "style-src-attr 'unsafe-inline'",
    "img-src data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** Headers of all answers. */
export const pageHeaders = (): Readonly<Record<string, string>> => ({
  "content-security-policy": (policy ??= contentPolicy()),
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
});

/** What a page has beside its parts. */
export interface Frame {
  readonly title: string;
  /** Above the parts; stays while they are replaced. */
  readonly head: string;
  readonly view: View;
}

/** A page that listens for changes. */
export function documentOf({ title, head, view }: Frame): string {
  const parts = view.parts.map(({ id, html }) => `<div data-part="${id}">${html}</div>`);
  return shell(
    title,
    `${head}<p id="connection" role="status"></p>
<div id="parts" data-version="${view.version}">${parts.join("\n")}</div>`,
    '<script src="/ui.js" type="module"></script>',
  );
}

/** A page that shows some HTML. */
export const plainDocument = (title: string, html: string): string => shell(title, html, "");

const shell = (title: string, html: string, scripts: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/ui.css">${scripts}</head>
<body><main><h1>${escapeHtml(title)}</h1>
${html}
</main></body></html>
`;
