/** @module The page of the prediction service. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** The page: one HTML file that asks for nothing but predictions. */
export const page = readFileSync(new URL("./page/page.html", import.meta.url), "utf8");

/** What a browser may run or apply: the contents of the page's own elements. */
const allowed = (name: string): string =>
  [...page.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, "g"))]
    .map(([, code]) => `'sha256-${createHash("sha256").update(code!).digest("base64")}'`)
    .join(" ");

const POLICY = [
  "default-src 'none'",
  `script-src ${allowed("script")}`,
  `style-src ${allowed("style")}`,
  "img-src data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];

/** Headers of the page: a browser asks nobody else and runs nothing else, whatever labels and texts hold. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY.join("; "),
  "referrer-policy": "no-referrer",
  "cache-control": "no-cache",
};
