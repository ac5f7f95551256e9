/** @module Transformers.js, loaded when a pretrained encoder is: it takes most of a second. */

import { silenceTelemetry } from "../../runtime/telemetry.js";

type Library = typeof import("@huggingface/transformers");

/**
 * Calls the library without its advice for developers on the console, and without the network: files of
 * the hub are downloaded by us, where a user names a hub encoder. A program that uses the library itself
 * finds its settings as they were.
 */
export async function withLibrary<T>(use: (library: Library) => Promise<T>): Promise<T> {
  // The library loads ONNX Runtime.
  await silenceTelemetry();
  const library = await import("@huggingface/transformers");
  const { env, LogLevel } = library;
  const { logLevel, allowRemoteModels } = env;
  env.logLevel = LogLevel.NONE;
  env.allowRemoteModels = false;
  try {
    return await use(library);
  } finally {
    env.logLevel = logLevel;
    env.allowRemoteModels = allowRemoteModels;
  }
}
