/** @module Runs in processes of their own, several at a time. */

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../cli/main.js", import.meta.url));

/** How a process ended. */
export interface Outcome {
  /** Exit code; `null` after a signal. */
  readonly code: number | null;
  /** The last lines of its standard error. */
  readonly message: string;
}

/** Environment variable of a process whose end should follow that of the process that started it. */
export const HAS_PARENT = "BALGRAD_HAS_PARENT";

// The exit code of a run that was stopped and can be resumed.
const INTERRUPTED = 130;

const KEPT_CHARACTERS = 4000;

/** Trains the run of a folder to its end in a process of its own. */
function trainInProcess(
  folder: string,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<Outcome> {
  const args = [MAIN, "train", "--resume", folder];
  // A group of its own: Ctrl-C in a terminal reaches it through this process, once. The channel tells
  // it when this process is gone.
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    detached: true,
    env: { ...process.env, [HAS_PARENT]: "1" },
  });
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
    child.on("error", reject);
    child.on("close", (code, killedBy) => {
      signal.removeEventListener("abort", stop);
      process.off("exit", kill);
      const said = stderr.trim().split("\n").slice(-3).join("\n");
      resolve({ code, message: killedBy === null ? said : `ended by ${killedBy}\n${said}`.trim() });
    });
  });
}

/** What happens to runs in a pool. */
export interface PoolEvents<Run> {
  /** `seconds`: what it took. */
  readonly onDone: (run: Run, outcome: Outcome, seconds: number) => void;
  /** A run is so far, `0..1`. */
  readonly onProgress: (run: Run, done: number) => void;
  /** Whether a run may begin; one that may not is left out. Default: all may. */
  readonly mayBegin?: (run: Run) => boolean;
}

/**
 * Trains runs, `jobs` at a time, in order. After `signal` no further run starts and those that are
 * under way stop at their next step, resumable.
 */
export async function trainAll<Run extends { readonly folder: string }>(
  runs: readonly Run[],
  jobs: number,
  { onDone, onProgress, mayBegin = () => true }: PoolEvents<Run>,
  signal: AbortSignal,
): Promise<void> {
  const waiting = [...runs];
  const worker = async (): Promise<void> => {
    while (!signal.aborted) {
      const run = waiting.shift();
      if (!run) return;
      if (!mayBegin(run)) continue;
      const start = performance.now();
      const outcome = await trainInProcess(run.folder, signal, (done) => {
        onProgress(run, done);
      });
      // What a stop cut short is neither done nor failed.
      if (outcome.code !== INTERRUPTED) {
        onDone(run, outcome, (performance.now() - start) / 1000);
      }
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}
