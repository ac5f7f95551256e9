/** @module Signals: the first stops cleanly after the running step, the second at once. */

import { hasCode, systemError } from "../system.js";
import { EXIT } from "./exit.js";
import { areOthersWorking, HAS_PARENT } from "./launch.js";
import { complain } from "./print.js";
import { reportError } from "./reportError.js";

/** Exit codes as the shell gives them: 128 and the signal's number. */
const SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: 143, SIGHUP: 129 } as const;

type Signal = keyof typeof SIGNALS;

/** Stops the work that stops cleanly; `null` where there is none. */
let running: AbortController | null = null;
let code: number = EXIT.interrupted;

const AFTER_STEP = "\nStopping after this step; press Ctrl-C again to stop at once.";
let notice = AFTER_STEP;

/** Exit code of a process that was stopped. */
export const stoppedCode = (): number => code;

/** Stops what runs; where nothing can stop cleanly, the process. Files that are half-written are removed. */
function stop(why: number, message: string | null): void {
  code = why;
  if (!running || running.signal.aborted) {
    if (message !== null) complain("\nStopped.");
    process.exit(code);
  }
  running.abort();
  if (message !== null) complain(message);
  // The runtime computes on this thread, and only the system's own way of ending reaches into that.
  if (!areOthersWorking()) stopListening();
}

function onSignal(signal: Signal): void {
  stop(SIGNALS[signal], notice);
}

function stopListening(): void {
  for (const signal of Object.keys(SIGNALS)) process.off(signal, onSignal);
}

/** Whoever read the output has gone, as `head` does when it has seen enough; or it cannot be written. */
function onOutputError(error: Error): void {
  if (hasCode(error, "EPIPE")) stop(EXIT.pipe, null);
  else process.exit(reportError(systemError(error, "standard output") ?? error, false));
}

/** Listens for SIGINT, SIGTERM and SIGHUP, and for readers of the output that go away. */
export function listenForSignals(): void {
  for (const signal of Object.keys(SIGNALS)) process.on(signal, onSignal);
  process.stdout.on("error", onOutputError);
  process.stderr.on("error", onOutputError);
}

/**
 * Runs work that stops cleanly on a signal, and when the process that started this one over a channel is
 * gone. Work that comes to its end all the same ends with the signal's exit code.
 *
 * @param says - What is printed at the signal; default: that it stops after this step.
 */
export async function withInterrupt<T>(
  work: (signal: AbortSignal) => Promise<T>,
  says = AFTER_STEP,
): Promise<T> {
  notice = says;
  const controller = new AbortController();
  running = controller;
  const onOrphaned = (): void => {
    controller.abort();
  };
  process.on("disconnect", onOrphaned);
  // Not every runtime tells a channel that is closed from one that never was.
  if (process.env[HAS_PARENT] !== undefined && !process.connected) onOrphaned();
  try {
    const result = await work(controller.signal);
    if (controller.signal.aborted) process.exitCode = code;
    return result;
  } finally {
    running = null;
    process.off("disconnect", onOrphaned);
  }
}
