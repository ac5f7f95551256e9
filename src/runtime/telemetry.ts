/** @module Turns off what ONNX Runtime would send and write on its own. */

import { isMainThread } from "node:worker_threads";

const SWITCH = "ORT_DISABLE_TELEMETRY";

/** A main thread that waits for this one cannot answer. */
const PATIENCE_MS = 2000;

/**
 * Runs JavaScript in the main thread. A worker's `process.env` is a copy, which native code does not see;
 * only the main thread changes the environment of the process.
 */
async function inMainThread(expression: string): Promise<void> {
  const { Session } = await import("node:inspector/promises");
  const session = new Session();
  session.connectToMainThread();
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error("the main thread is busy"));
      }, PATIENCE_MS);
    });
    await Promise.race([session.post("Runtime.evaluate", { expression }), late]);
  } finally {
    clearTimeout(timer);
    session.disconnect();
  }
}

async function silence(): Promise<void> {
  process.env[SWITCH] ??= "1";
  if (isMainThread) return;
  await inMainThread(`process.env.${SWITCH} ??= "1"`).catch((error: unknown) => {
    process.emitWarning(
      `ONNX Runtime's telemetry cannot be turned off from a worker thread (${(error as Error).message}). Start the program with ${SWITCH}=1.`,
    );
  });
}

let silenced: Promise<void> | null = null;

/**
 * Turns off ONNX Runtime's telemetry in this process and in those that it starts: by default it reports
 * events to its vendor, and writes files into the temporary and the cache folder. The runtime reads the
 * switch once, while it loads, so this comes before anything that loads it. A value of
 * `ORT_DISABLE_TELEMETRY` that is there already stays.
 */
export function silenceTelemetry(): Promise<void> {
  silenced ??= silence();
  return silenced;
}
