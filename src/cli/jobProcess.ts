/** @module The process that does one job for a worker: it is told the job over its channel, and tells how it ended. */

import { UserError } from "../errors.js";
import { StoreError } from "../jobs/errors.js";
import { Downloads } from "../jobs/downloads.js";
import { storeAt } from "../objects/address.js";
import { SystemError } from "../system.js";
import { Interrupted } from "../usecases/interrupted.js";
import { performJob } from "../usecases/distributed/perform.js";
import { isFull, type JobOrder, type LaunchOutcome } from "../usecases/distributed/worker.js";
import { commandWords } from "./words.js";

/** What the process tells the worker. */
export type JobMessage = { readonly done: number } | { readonly outcome: LaunchOutcome };

const tell = (message: JobMessage): Promise<void> =>
  new Promise((resolve) => {
    process.send!(message, undefined, undefined, () => {
      resolve();
    });
  });

/** What passes by itself, or another job fixes, is tried again; mistakes in data and settings are not. */
function outcomeOf(error: unknown): LaunchOutcome {
  if (error instanceof Interrupted) return { kind: "stopped" };
  if (isFull(error)) {
    const { message, hint, code } = error;
    return { kind: "unable", error: { message, hint, code } };
  }
  if (error instanceof UserError) {
    const { message, hint } = error.in(commandWords);
    const isFinal = !(error instanceof SystemError || error instanceof StoreError);
    return {
      kind: "failed",
      message: hint === undefined ? message : `${message} ${hint}`,
      isFinal,
    };
  }
  const { stack, message } = error as Error;
  return { kind: "failed", message: stack ?? message, isFinal: false };
}

/** Does a job. */
async function perform(
  { id, kind, body, failures, store: address, ...order }: JobOrder,
  signal: AbortSignal,
): Promise<LaunchOutcome> {
  const { folder, checkpointSeconds } = order;
  try {
    const store = storeAt(address);
    const downloads = new Downloads(store, order.downloads);
    const onProgress = (done: number): void => {
      process.send?.({ done }, undefined, undefined, () => undefined);
    };
    const place = { downloads, folder, checkpointSeconds, signal, onProgress };
    await performJob({ id, kind, body, failures }, place);
    await store.close();
    return { kind: "done" };
  } catch (error) {
    return signal.aborted ? { kind: "stopped" } : outcomeOf(error);
  }
}

const stopping = new AbortController();
process.on("SIGINT", () => {
  stopping.abort();
});
// A worker that is gone cannot publish what is made: another one does the job.
process.on("disconnect", () => process.exit(1));
process.once("message", (order) => {
  void perform(order as JobOrder, stopping.signal)
    .then((outcome) => tell({ outcome }))
    .then(() => process.exit(0));
});
