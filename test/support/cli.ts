/** @module Runs the built command line as a real process. */

import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The built entry point. */
export const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** What a process left behind. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A new empty folder. */
export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "balgrad-"));

/**
 * Runs `balgrad` with arguments.
 *
 * @param interruptAt - Sends SIGINT when this text appears on standard error.
 */
export function balgrad(
  args: readonly string[],
  { interruptAt }: { readonly interruptAt?: string } = {},
): Promise<Finished> {
  const child = spawn(process.execPath, [MAIN, ...args]);
  let stdout = "";
  let stderr = "";
  let interrupted = false;
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    if (interruptAt !== undefined && !interrupted && stderr.includes(interruptAt)) {
      interrupted = true;
      child.kill("SIGINT");
    }
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}
