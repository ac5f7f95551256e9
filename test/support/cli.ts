/** @module Runs the built command line as a real process. */

import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The built entry point. */
export const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** What a process left behind. */
export interface Finished {
  /** Exit code; after a signal 128 and its number, as a shell gives it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A new empty folder. */
export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "balgrad-"));

/** How to run a process. */
export interface RunOptions {
  /** Sends a signal when this text appears on standard error. */
  readonly interruptAt?: string;
  /** Default: SIGINT. */
  readonly signal?: NodeJS.Signals;
  /** Added to the environment; `undefined` takes a variable out of it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Folder that it runs in; default: of this process. */
  readonly cwd?: string;
}

/** Runs `balgrad` with arguments. */
export const balgrad = (args: readonly string[], options: RunOptions = {}): Promise<Finished> =>
  runProcess(process.execPath, [MAIN, ...args], options);

/** Runs any program. */
export function runProcess(
  command: string,
  args: readonly string[],
  { interruptAt, signal = "SIGINT", env = {}, cwd }: RunOptions = {},
): Promise<Finished> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, cwd });
  let stdout = "";
  let stderr = "";
  let interrupted = false;
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    if (interruptAt !== undefined && !interrupted && stderr.includes(interruptAt)) {
      interrupted = true;
      child.kill(signal);
    }
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, killedBy) => {
      const bySignal = killedBy === null ? null : 128 + constants.signals[killedBy];
      resolve({ code: code ?? bySignal, stdout, stderr });
    });
  });
}
