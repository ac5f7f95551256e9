/** @module How the page is built, and served where it is tried. */

import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Isolates the page from other origins: threads of WebAssembly need that. */
const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  root: fromHere("."),
  // Relative addresses, so that the files can lie under any path.
  base: "./",
  resolve: { alias: { "balgrad/browser": fromHere("../dist/browser/index.js") } },
  worker: { format: "es" },
  build: {
    target: "es2022",
    // ONNX Runtime is as large as it is.
    chunkSizeWarningLimit: 1000,
    // The policy of the page allows no addresses that are data, but for pictures.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  preview: { headers },
});
