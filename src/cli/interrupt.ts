/** @module Ctrl-C: the first stops cleanly after the running step, the second at once. */

import { HAS_PARENT } from "../compare/pool.js";
import { EXIT } from "./exit.js";

/**
 * Runs work that heeds a signal on SIGINT and SIGTERM, and when the process that started this one over
 * a channel is gone.
 */
export async function withInterrupt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
    console.error("\nStopping after this step; press Ctrl-C again to stop at once.");
  };
  const onOrphaned = (): void => {
    // Nobody reads any more what this process says.
    process.stderr.on("error", () => undefined);
    controller.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.on("disconnect", onOrphaned);
  // Not every runtime tells a channel that is closed from one that never was.
  if (process.env[HAS_PARENT] !== undefined && !process.connected) onOrphaned();
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
    process.off("disconnect", onOrphaned);
  }
}
