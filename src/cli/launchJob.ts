/** @module Jobs in processes of their own, so that a worker's event loop stays free to renew its locks. */

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import type { JobOutcome, JobStop } from "../queue/jobQueue.js";
import type { LaunchJob, LaunchOutcome } from "../usecases/distributed/worker.js";
import type { JobMessage } from "./jobProcess.js";

const JOB_PROCESS = fileURLToPath(new URL("jobProcess.js", import.meta.url));

const KEPT_CHARACTERS = 4000;

/** Time for a job that stops to publish its checkpoint. */
const GRACE_MILLISECONDS = 30_000;

/** How a process ended that told no outcome. */
const died = (code: number | null, killedBy: string | null, stderr: string): JobOutcome => ({
  kind: "failed",
  message:
    `its process ended ${killedBy === null ? `with code ${code}` : `by ${killedBy}`}\n${stderr}`.trim(),
  isFinal: false,
});

/** Does a job in a process of its own, which goes with this one. */
export const launchJob: LaunchJob = (order, { cache, signal, onProgress }) => {
  const child = spawn(process.execPath, [JOB_PROCESS], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    // A group of its own: Ctrl-C in a terminal reaches it through this process.
    detached: true,
    env: { ...process.env, BALGRAD_CACHE: cache },
  });
  let stderr = "";
  let outcome: LaunchOutcome | null = null;
  child.stderr!.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-KEPT_CHARACTERS);
  });
  child.on("message", (message) => {
    const told = message as JobMessage;
    if ("outcome" in told) ({ outcome } = told);
    else onProgress(told.done);
  });
  const kill = (): void => {
    child.kill("SIGKILL");
  };
  let grace: NodeJS.Timeout | undefined;
  const stop = (): void => {
    // Another worker has a lost job: what this one would still publish is the same, and not needed.
    if ((signal.reason as JobStop) === "lost") kill();
    else {
      child.kill("SIGINT");
      grace = setTimeout(kill, GRACE_MILLISECONDS);
    }
  };
  signal.addEventListener("abort", stop);
  process.on("exit", kill);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, killedBy) => {
      clearTimeout(grace);
      signal.removeEventListener("abort", stop);
      process.off("exit", kill);
      const isStopped = signal.aborted && outcome?.kind !== "done";
      resolve(isStopped ? { kind: "stopped" } : (outcome ?? died(code, killedBy, stderr)));
    });
    child.send(order, (error) => {
      // A process that could not start tells why when it closes.
      if (error) kill();
    });
    if (signal.aborted) stop();
  });
};
