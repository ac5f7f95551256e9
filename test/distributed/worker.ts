/** @module A worker as a process. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { MAIN } from "../support/cli.js";

/** A running worker. */
export interface Worker {
  readonly signal: (name: NodeJS.Signals) => void;
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>;
  /** Ends it as a user would; gives what it printed. */
  readonly stop: () => Promise<string>;
}

/** Starts a worker with a folder and a cache of its own, and waits until it takes jobs. */
export async function startWorker(
  folder: string,
  place: readonly string[],
  ...more: string[]
): Promise<Worker> {
  const flags = [...place, "--scratch", join(folder, "scratch"), "--jobs", "1", ...more];
  const env = { ...process.env, BALGRAD_CACHE: join(folder, "cache") };
  const child = spawn(process.execPath, [MAIN, "worker", ...flags], { env });
  let said = "";
  const isTaking = new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      if (said.includes("Taking jobs")) resolve();
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("close", () => {
      reject(new Error(`the worker ended: ${said}`));
    });
  });
  const ended = once(child, "close");
  await isTaking;
  return {
    ended,
    signal: (name) => {
      child.kill(name);
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return said;
      child.kill("SIGTERM");
      await ended;
      return said;
    },
  };
}
