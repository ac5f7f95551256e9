/** @module Where a browser can compute: a GPU, or WebAssembly with or without threads. */

import { ConfigError } from "../errors.js";
import type { WebDevice } from "../runtime/web.js";

/** Where a trainer computes. */
export interface Place {
  readonly device: WebDevice;
  /** Threads of WebAssembly. */
  readonly threads: number;
  /** Why there, one sentence. */
  readonly why: string;
}

/** What a place is chosen by. */
export interface PlaceChoice {
  /** `auto`: a GPU where there is one, WebAssembly else. */
  readonly device: WebDevice | "auto";
  /** Default: all cores, at most four; one where the page is not isolated. */
  readonly threads?: number | undefined;
}

/** More threads do not make steps of this size faster. */
const MOST_THREADS = 4;

const ISOLATION =
  "Serve the page with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.";

/** Why there is no GPU; `null`: there is one. A software adapter is none unless it is asked for by name. */
async function obstacle(allowSoftware: boolean): Promise<string | null> {
  // Browsers without WebGPU lack the property, whatever the types say.
  const gpu = (navigator as Partial<Navigator>).gpu;
  if (!gpu) return "this browser has no WebGPU";
  const adapter = await gpu.requestAdapter();
  if (!adapter) return "this browser finds no GPU";
  if (adapter.info.isFallbackAdapter && !allowSoftware) return "the GPU is emulated in software";
  return null;
}

/**
 * Finds where to compute.
 *
 * @throws {ConfigError} where a GPU or threads are asked for and cannot be had.
 */
export async function findPlace({ device, threads }: PlaceChoice): Promise<Place> {
  if (threads !== undefined && threads > 1 && !crossOriginIsolated) {
    throw new ConfigError(
      `threads = ${threads}: this page is not isolated from other origins, so WebAssembly has one thread.`,
      `${ISOLATION} Or leave out threads.`,
    );
  }
  const usual = crossOriginIsolated ? Math.min(MOST_THREADS, navigator.hardwareConcurrency) : 1;
  const own = threads ?? usual;
  const reason = device === "wasm" ? "it was asked for" : await obstacle(device === "webgpu");
  if (device === "webgpu" && reason !== null) {
    throw new ConfigError(`device = webgpu: ${reason}.`, 'Use "wasm", or "auto".');
  }
  if (reason === null) {
    return { device: "webgpu", threads: own, why: "The GPU is used through WebGPU." };
  }
  const count =
    own > 1
      ? `It has ${own} threads.`
      : crossOriginIsolated
        ? "It has one thread."
        : "It has one thread, because the page is not isolated from other origins.";
  return { device: "wasm", threads: own, why: `WebAssembly is used: ${reason}. ${count}` };
}
