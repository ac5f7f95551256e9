/** @module Where training steps run: which devices there are, and whether one works here. */

import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import type * as ort from "onnxruntime-node";

import { ConfigError } from "../errors.js";
import { matmul } from "../graph/functions/linear.js";
import { sum } from "../graph/functions/reduce.js";
import { Graph } from "../graph/graph.js";
import { type OnnxModel, writeFunction } from "../graph/onnx/write.js";
import { say, setting, type Text } from "../message.js";
import type { Device, DeviceChoice } from "./devices.js";
import { onnxRuntime } from "./onnxRuntime.js";

/** A device that works here. */
export interface FoundDevice {
  readonly device: Device;
  /** What `auto` found out; absent where the device was named. */
  readonly why?: string;
}

const INPUT = "x";
const OUTPUT = "total";
const PRODUCTS = 4;
/** Sides of the matrices: enough to see whether the device computes, whether it is a GPU at all, and whether it is fast. */
const SMALL = 16;
const MIDDLE = 256;
const LARGE = 1024;
/** Runs that are timed, of which the best counts; the first of all compiles. */
const TIMED = 3;
/** No GPU takes so long for the matrices in the middle. */
const SLOW_MS = 100;

/** The sum of a power of a matrix: of one whose values are all 1 / n it is n. */
function trialModel(): OnnxModel {
  const graph = new Graph();
  const x = graph.input(INPUT, "float32", ["n", "n"]);
  let power = x;
  for (let at = 0; at < PRODUCTS; at++) power = matmul(power, x);
  return writeFunction({ [OUTPUT]: sum(power) });
}

/** Options of a session on a device. */
export const sessionOptions = (device: Device): ort.InferenceSession.SessionOptions => ({
  executionProviders: [device],
  logSeverityLevel: device === "cpu" ? 3 : 4,
});

/**
 * Computes on a device.
 *
 * @param side - Of the matrices that are multiplied.
 * @returns The best time in milliseconds.
 * @throws {Error} in ONNX Runtime's words where the device does not work.
 */
async function tryDevice(device: Device, side: number): Promise<number> {
  const { InferenceSession, Tensor } = await onnxRuntime();
  const session = await InferenceSession.create(trialModel().bytes, sessionOptions(device));
  const values = new Float32Array(side * side).fill(1 / side);
  const feeds = { [INPUT]: new Tensor("float32", values, [side, side]) };
  let best = Infinity;
  try {
    for (let run = 0; run <= TIMED && !(best > SLOW_MS && run > 1); run++) {
      const start = performance.now();
      const { [OUTPUT]: total } = await session.run(feeds);
      if (run > 0) best = Math.min(best, performance.now() - start);
      const error = Math.abs(Number(total!.data[0]) / side - 1);
      if (!(error < 1e-3)) throw new Error("a matrix product came out wrong");
    }
  } finally {
    await session.release();
  }
  return best;
}

/** Longer than the note that the package's installation leaves in the place of a library. */
const LEAST_LIBRARY_BYTES = 4096;

const isLibrary = (path: string): boolean =>
  (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LEAST_LIBRARY_BYTES;

/** Whether the runtime's libraries for CUDA are installed: they are no part of its package. */
function hasCudaLibraries(): boolean {
  const folder = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
  const place = join(folder, "bin/napi-v6", process.platform, process.arch);
  const [before, after] = process.platform === "win32" ? ["", ".dll"] : ["lib", ".so"];
  return ["shared", "cuda"].every((name) =>
    isLibrary(join(place, `${before}onnxruntime_providers_${name}${after}`)),
  );
}

const HINTS: Readonly<Record<Exclude<Device, "cpu">, Text>> = {
  webgpu: say`It needs a GPU with a driver for Vulkan (Linux), Direct3D 12 (Windows) or Metal (macOS). Without one, leave out ${setting("train.device")}.`,
  cuda: say`Install the libraries with "npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12", and CUDA 12 and cuDNN 9 from NVIDIA. ${setting("train.device", "webgpu")} needs neither.`,
};

/** What went wrong, without the place in ONNX Runtime's source. */
const firstLine = (error: unknown): string =>
  (error as Error).message
    .trim()
    .split("\n", 1)[0]!
    .replace(/^.* was false\. /, "");

const known = new Map<Device, Promise<string | null>>();

/** Why a device does not work here; `null`: it does. The answer is found once in a process. */
export function obstacle(device: Device): Promise<string | null> {
  if (device === "cpu") return Promise.resolve(null);
  const before = known.get(device);
  if (before) return before;
  const found =
    device === "cuda" && !hasCudaLibraries()
      ? Promise.resolve("ONNX Runtime's libraries for CUDA are not installed")
      : tryDevice(device, SMALL).then(() => null, firstLine);
  known.set(device, found);
  return found;
}

let automatic: Promise<FoundDevice> | null = null;

/** Whether a device that works computes faster than the CPU, which no software adapter does. */
async function speedOf(
  device: Device,
): Promise<{ readonly isFast: boolean; readonly why: string }> {
  const first = await tryDevice(device, MIDDLE);
  if (first > SLOW_MS) {
    return { isFast: false, why: `a trial took ${first.toFixed(0)} ms, so this is no GPU` };
  }
  const own = await tryDevice(device, LARGE);
  const cpu = await tryDevice("cpu", LARGE);
  const why = `a trial took ${own.toFixed(1)} ms, on the CPU ${cpu.toFixed(1)} ms`;
  return { isFast: own < cpu, why };
}

async function fastest(): Promise<FoundDevice> {
  const refused: string[] = [];
  for (const device of ["cuda", "webgpu"] as const) {
    const reason = await obstacle(device);
    const { isFast, why } =
      reason === null ? await speedOf(device) : { isFast: false, why: reason };
    if (isFast) return { device, why };
    refused.push(`${device}: ${why}`);
  }
  return { device: "cpu", why: refused.join("; ") };
}

/**
 * The device that a setting means here; the answer is found once in a process. `auto` is a GPU only if trial products run
 * there, and faster than on the CPU, else the CPU.
 *
 * @throws {ConfigError} where a device that was named does not work.
 */
export async function findDevice(choice: DeviceChoice): Promise<FoundDevice> {
  if (choice === "auto") return (automatic ??= fastest());
  const reason = await obstacle(choice);
  if (reason === null || choice === "cpu") return { device: choice };
  throw new ConfigError(
    say`${setting("train.device", choice)}: this device does not work here: ${reason}.`,
    HINTS[choice],
  );
}
