/** @module Runs in processes of their own: `balgrad train --resume`, which tells how far it is over a channel. */

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import type { Launch, Outcome } from "../compare/pool.js";
import { EXIT } from "./exit.js";

/** What starts the command line. */
export const MAIN = fileURLToPath(new URL("main.js", import.meta.url));

/** Environment variable of a process whose end should follow that of the process that started it. */
export const HAS_PARENT = "BALGRAD_HAS_PARENT";

const KEPT_CHARACTERS = 4000;
const KEPT_LINES = 3;

/** Processes that work for this one. */
const working = new Set<ChildProcess>();

/** Whether processes that this one started do its work. */
export const areOthersWorking = (): boolean => working.size > 0;

/** Tells the process that started this one how far the run is, `0..1`. */
export function reportToParent(done: number): void {
  if (process.env[HAS_PARENT] === undefined || !process.connected) return;
  // A parent that has gone in between is noticed by its channel's end.
  process.send?.({ done }, undefined, undefined, () => undefined);
}

/** How a process ended, by its exit code and the last of its standard error. */
function outcomeOf(code: number | null, killedBy: string | null, stderr: string): Outcome {
  if (code === EXIT.ok) return { kind: "done" };
  if (code === EXIT.interrupted) return { kind: "stopped" };
  const said = stderr.trim().split("\n").slice(-KEPT_LINES).join("\n");
  const message = killedBy === null ? said : `ended by ${killedBy}\n${said}`.trim();
  return { kind: "failed", message };
}

/** Trains the run of a folder to its end in a process of its own. */
export const launchProcess: Launch = ({ name: folder }, { signal, onProgress }) => {
  // A group of its own: Ctrl-C in a terminal reaches it through this process, once. The channel tells
  // it when this process is gone.
  const child = spawn(process.execPath, [MAIN, "train", "--resume", folder], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    detached: true,
    env: { ...process.env, [HAS_PARENT]: "1" },
  });
  working.add(child);
  let stderr = "";
  child.stderr!.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-KEPT_CHARACTERS);
  });
  child.on("message", (message) => {
    const { done } = message as { readonly done?: unknown };
    if (typeof done === "number") onProgress(done);
  });
  const stop = (): void => {
    child.kill("SIGINT");
  };
  // Where this process ends at once, so does the other.
  const kill = (): void => {
    child.kill("SIGKILL");
  };
  signal.addEventListener("abort", stop);
  process.on("exit", kill);
  return new Promise((resolve, reject) => {
    child.on("error", (error) => {
      working.delete(child);
      reject(error);
    });
    child.on("close", (code, killedBy) => {
      working.delete(child);
      signal.removeEventListener("abort", stop);
      process.off("exit", kill);
      resolve(outcomeOf(code, killedBy, stderr));
    });
  });
};
