/** @module ONNX Runtime in Node. */

import type * as ort from "onnxruntime-node";

import type { OnnxModel } from "../graph/onnx/write.js";
import { reading, writingCopies } from "./copying.js";
import { usableCores } from "./cores.js";
import { sessionOptions } from "./device.js";
import type { Device } from "./devices.js";
import { isStop, STOP, withStop, writesInPlace } from "./inPlace.js";
import { Loaded } from "./loaded.js";
import { onnxRuntime } from "./onnxRuntime.js";
import { residentSession } from "./resident.js";
import type { Runtime, WritingSession } from "./session.js";

/** Options of {@link nodeRuntime}. */
export interface NodeRuntimeOptions {
  /** Threads of one operator; default: all cores. */
  readonly threads?: number | undefined;
  /** Where training steps run, that is writing and resident sessions; default, and for all others: the CPU. */
  readonly device?: Device;
  /** Once it is aborted no session runs any more: their runs throw its reason. */
  readonly signal?: AbortSignal;
  /** Whether writing sessions may write in place; default: where the runtime can. Without, outputs are copied. */
  readonly inPlace?: boolean;
}

/** Writes in place; of all errors only the one that keeps the outputs from being copied is expected. */
function writingInPlace(loaded: Loaded): WritingSession {
  return {
    run: async (feeds, outputs) => {
      const fetches = Object.entries(outputs).map(
        ([name, to]) => [name, loaded.tensor(to)] as const,
      );
      try {
        await loaded.run(feeds, { [STOP]: null, ...Object.fromEntries(fetches) });
      } catch (error) {
        if (!isStop(error)) throw error;
      }
    },
    release: () => loaded.release(),
  };
}

/**
 * Training steps: with the memory pattern the second run takes one block for all that lives during a step, beside the
 * pieces of the first run, which are kept. That is up to half as much again, and no faster.
 */
const FRUGAL: ort.InferenceSession.SessionOptions = { enableMemPattern: false };

/**
 * A thread without work spins so long, in microseconds, and sleeps then. The runtime's own choice is longer: alone on a
 * machine no step is faster for it, and beside other work, also another session's, it takes the processor from it.
 */
const BRIEF_SPIN: ort.InferenceSession.SessionOptions = {
  extra: { session: { intra_op: { spin_duration_us: "100" } } },
};

/** Sessions of onnxruntime-node. */
export function nodeRuntime({
  threads = usableCores(),
  device = "cpu",
  signal,
  inPlace = true,
}: NodeRuntimeOptions = {}): Runtime {
  const load = async (
    bytes: Uint8Array,
    inputs: readonly string[],
    options: ort.InferenceSession.SessionOptions,
  ): Promise<Loaded> => {
    const own = { ...options, ...BRIEF_SPIN, intraOpNumThreads: threads };
    return Loaded.create(await onnxRuntime(), bytes, inputs, own, signal);
  };
  const writing = { ...sessionOptions(device), ...FRUGAL };
  return {
    createSession: async ({ bytes, inputs }) =>
      reading(await load(bytes, inputs, sessionOptions("cpu"))),
    createWritingSession: async ({ bytes, inputs }: OnnxModel) =>
      inPlace && (await writesInPlace(await onnxRuntime(), device))
        ? writingInPlace(await load(withStop(bytes), inputs, writing))
        : writingCopies(await load(bytes, inputs, writing)),
    ...(device === "webgpu" && {
      createResidentSession: async (outputs, variables) => {
        const options = { ...sessionOptions(device), intraOpNumThreads: threads };
        return residentSession(await onnxRuntime(), outputs, variables, { options, signal });
      },
    }),
  };
}
