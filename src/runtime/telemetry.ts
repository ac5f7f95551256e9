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

/** A module that exists in Bun only, so the compiler is not told its name. */
const BUN_FFI: string = "bun:ffi";

/** What is used of Bun's way to call the C library. */
interface ForeignFunctions {
  readonly dlopen: (
    library: string,
    functions: object,
  ) => {
    readonly symbols: {
      readonly setenv: (name: Uint8Array, value: Uint8Array, overwrite: number) => number;
    };
  };
}

/** Sets a variable of the process by the C library; Bun's `process.env` is a copy in every thread. */
async function inEnvironment(name: string, value: string): Promise<void> {
  if (process.platform === "win32") throw new Error("Bun on Windows has no way to do it");
  const { dlopen } = (await import(BUN_FFI)) as ForeignFunctions;
  const { symbols } = dlopen(process.platform === "darwin" ? "libSystem.B.dylib" : "libc.so.6", {
    setenv: { args: ["cstring", "cstring", "i32"], returns: "i32" },
  });
  symbols.setenv(Buffer.from(`${name}\0`), Buffer.from(`${value}\0`), 0);
}

async function silence(): Promise<void> {
  process.env[SWITCH] ??= "1";
  try {
    if ("bun" in process.versions) await inEnvironment(SWITCH, process.env[SWITCH]);
    else if (!isMainThread) await inMainThread(`process.env.${SWITCH} ??= "1"`);
  } catch (error) {
    process.emitWarning(
      `ONNX Runtime's telemetry cannot be turned off here (${(error as Error).message}). Start the program with ${SWITCH}=1.`,
    );
  }
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
