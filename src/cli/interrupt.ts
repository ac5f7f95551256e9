/** @module Ctrl-C: the first stops cleanly after the running step, the second at once. */

import { EXIT } from "./exit.js";

/** Runs work that heeds a signal on SIGINT and SIGTERM. */
export async function withInterrupt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
    console.error("\nStopping after this step; press Ctrl-C again to stop at once.");
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}
