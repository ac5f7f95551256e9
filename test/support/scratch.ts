/** @module The folder of the tests' temporary files, which goes when they have run. */

import { mkdirSync, rmSync } from "node:fs";

import type { TestProject } from "vitest/node";

/** Makes the folder; gives what removes it. */
export function setup({ config }: TestProject): () => void {
  const folder = config.env["TMPDIR"] as string;
  mkdirSync(folder, { recursive: true });
  return () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
}
