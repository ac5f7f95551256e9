/** @module Ctrl-C: the first stops cleanly after the running step, the second at once. */

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
  // Undefined, whatever its type says, in a process that was started without a channel.
  const { connected } = process as { readonly connected?: boolean };
  if (connected === false) onOrphaned();
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
    process.off("disconnect", onOrphaned);
  }
}
