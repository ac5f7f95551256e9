/** @module Chromium for tests, and a server of static files for it. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

import { type Browser, chromium, type Page } from "playwright-core";

/** Where Chromium is expected. */
export const CHROMIUM = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";

/** Whether there is a Chromium; a suite that is skipped says so. */
export function hasChromium(suite: string): boolean {
  const isThere = existsSync(CHROMIUM);
  if (!isThere) {
    process.stderr.write(`${suite}: skipped, because there is no Chromium at ${CHROMIUM}.\n`);
  }
  return isThere;
}

/** Makes Chromium offer WebGPU on its software driver. */
const SOFTWARE_GPU = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
];

/** Starts Chromium. */
export const startChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-background-networking", ...SOFTWARE_GPU],
  });

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".webp": "image/webp",
};

/** Headers that isolate a page from other origins, which threads of WebAssembly need. */
const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
} as const;

/** A server that runs. */
export interface StaticServer {
  readonly url: string;
  readonly close: () => void;
}

/**
 * Serves a folder.
 *
 * @param isIsolated - Whether with the headers that threads need; GitHub Pages has none.
 */
export async function serveFolder(folder: string, isIsolated: boolean): Promise<StaticServer> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://localhost");
    const file = join(
      folder,
      normalize(pathname.endsWith("/") ? `${pathname}index.html` : pathname),
    );
    readFile(file).then(
      (bytes) => {
        const type = TYPES[extname(file)] ?? "application/octet-stream";
        response.writeHead(200, { "Content-Type": type, ...(isIsolated && ISOLATED) }).end(bytes);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Notes what a page must not do: errors, words on the console, requests to others. */
export function watchPage(page: Page, url: string): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("request", (request) => {
    const asked = request.url();
    const isOwn = [url, "data:", "blob:"].some((start) => asked.startsWith(start));
    if (!isOwn) complaints.push(`asks for ${asked}`);
  });
  return complaints;
}
