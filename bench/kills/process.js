/** @module The command line as a process that is killed, or runs to its end. */

import { spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/**
 * Runs the command line.
 *
 * @param killAfter - Milliseconds until SIGKILL; none without it.
 * @returns How it ended, what it said, and how long it took in milliseconds.
 */
export async function balgrad(args, { cache, killAfter, ...options } = {}) {
  const start = performance.now();
  const env = { ...process.env, BALGRAD_CACHE: cache };
  const child = spawn(process.execPath, [MAIN, ...args], { ...options, env });
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => (said += chunk));
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  if (killAfter !== undefined) {
    const timer = new AbortController();
    await Promise.race([
      ended.then(() => timer.abort()),
      pause(killAfter, null, { signal: timer.signal }).catch(() => null),
    ]);
    child.kill("SIGKILL");
  }
  return { ...(await ended), said, milliseconds: performance.now() - start };
}
