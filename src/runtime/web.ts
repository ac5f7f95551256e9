/** @module ONNX Runtime in browsers. */

import type * as ort from "onnxruntime-common";

import { reading, writingCopies } from "./copying.js";
import type { OnnxLibrary } from "./library.js";
import { Loaded } from "./loaded.js";
import { residentSession } from "./resident.js";
import type { Runtime } from "./session.js";

/** Where a browser computes: WebAssembly, or a GPU. */
export type WebDevice = "wasm" | "webgpu";

/** Options of {@link webRuntime}. */
export interface WebRuntimeOptions {
  /** Where training steps run; all other sessions run on WebAssembly. */
  readonly device: WebDevice;
  /** Threads of WebAssembly; more than one needs a page that is isolated from other origins. */
  readonly threads: number;
  /** Once it is aborted no session runs any more: their runs throw its reason. */
  readonly signal?: AbortSignal;
}

/** Severity from which the library writes to the console: errors. */
const ERRORS = 3;

const optionsFor = (device: WebDevice): ort.InferenceSession.SessionOptions => ({
  executionProviders: [device],
  logSeverityLevel: ERRORS,
});

/** The library for a device: the one with WebGPU is twice as large. */
const libraryFor = (device: WebDevice) =>
  device === "webgpu" ? import("onnxruntime-web/webgpu") : import("onnxruntime-web/wasm");

/**
 * Loads ONNX Runtime for the browser. It does not write outputs into the caller's memory, so they are copied.
 *
 * A worker has one runtime: threads are set when the library loads.
 *
 * @throws {Error} in the library's words where it cannot be loaded.
 */
export async function webRuntime({ device, threads, signal }: WebRuntimeOptions): Promise<Runtime> {
  const library = await libraryFor(device);
  library.env.wasm.numThreads = threads;
  library.env.logLevel = "error";
  const { InferenceSession, Tensor }: OnnxLibrary = library;
  const runtime: OnnxLibrary = { InferenceSession, Tensor };
  const load = (bytes: Uint8Array, inputs: readonly string[]): Promise<Loaded> =>
    Loaded.create(runtime, bytes, inputs, optionsFor("wasm"), signal);
  return {
    createSession: async ({ bytes, inputs }) => reading(await load(bytes, inputs)),
    createWritingSession: async ({ bytes, inputs }) => writingCopies(await load(bytes, inputs)),
    ...(device === "webgpu" && {
      createResidentSession: (outputs, variables) =>
        residentSession(runtime, outputs, variables, { options: optionsFor(device), signal }),
    }),
  };
}
