/** @module ONNX Runtime's native library: loaded here and nowhere else. */

import { createRequire } from "node:module";

import { silenceTelemetry } from "./telemetry.js";

/** The package `onnxruntime-node`. */
export type OnnxRuntime = typeof import("onnxruntime-node");

let loaded: OnnxRuntime | null = null;

/**
 * ONNX Runtime, loaded at the first call. It is not imported: the order in which modules are evaluated is
 * the importers' and the bundlers', and its telemetry has to be off before it loads.
 */
export async function onnxRuntime(): Promise<OnnxRuntime> {
  await silenceTelemetry();
  loaded ??= createRequire(import.meta.url)("onnxruntime-node") as OnnxRuntime;
  return loaded;
}
