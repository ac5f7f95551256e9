/**
 * @module Sessions whose state stays in buffers of a WebGPU device.
 *
 * Each variable that changes has two buffers, which a run reads and writes in turn: WebGPU does not let one be both. The Node
 * binding writes device tensors in place that are given as outputs, if no output location is asked for. It has no way to copy
 * between host and device but to run a model.
 */

import type * as ort from "onnxruntime-common";

import type { HostTensor } from "../graph/hostTensor.js";
import { Graph } from "../graph/graph.js";
import { type NamedTensors, writeFunction } from "../graph/onnx/write.js";
import { rewritten } from "../graph/rewrite.js";
import type { OnnxLibrary } from "./library.js";
import { Loaded } from "./loaded.js";
import { sizeOf } from "../graph/shape.js";
import type { NamedValues, ResidentSession, ResidentVariable } from "./session.js";
import { WEBGPU_RULES } from "./webgpu.js";

/** Values on the device. */
interface Buffer {
  /** Owns the memory. */
  readonly memory: ort.Tensor;
  /** The same in the variable's shape. */
  readonly tensor: ort.Tensor;
}

/** Copies between host and device. */
class Copies {
  readonly #runtime: OnnxLibrary;
  readonly #up: ort.InferenceSession;
  readonly #down: ort.InferenceSession;

  private constructor(runtime: OnnxLibrary, up: ort.InferenceSession, down: ort.InferenceSession) {
    this.#runtime = runtime;
    this.#up = up;
    this.#down = down;
  }

  static async create(
    runtime: OnnxLibrary,
    options: ort.InferenceSession.SessionOptions,
  ): Promise<Copies> {
    const graph = new Graph();
    const { bytes } = writeFunction({ y: graph.input("x", "float32", ["n"]) });
    const { InferenceSession } = runtime;
    const up = await InferenceSession.create(bytes, {
      ...options,
      preferredOutputLocation: "gpu-buffer",
    });
    return new Copies(runtime, up, await InferenceSession.create(bytes, options));
  }

  async toDevice(data: Float32Array, shape: readonly number[]): Promise<Buffer> {
    const { Tensor } = this.#runtime;
    const { y } = await this.#up.run({ x: new Tensor("float32", data, [data.length]) });
    return { memory: y!, tensor: this.#view(y!, shape) };
  }

  async toHost({ memory }: Buffer): Promise<Float32Array> {
    const size = Number(sizeOf(memory.dims));
    const { y } = await this.#down.run({ x: this.#view(memory, [size]) });
    return y!.data as Float32Array;
  }

  async release(): Promise<void> {
    await this.#up.release();
    await this.#down.release();
  }

  #view(memory: ort.Tensor, dims: readonly number[]): ort.Tensor {
    return this.#runtime.Tensor.fromGpuBuffer(memory.gpuBuffer, { dataType: "float32", dims });
  }
}

/** A variable on the device. */
interface Resident {
  readonly variable: ResidentVariable;
  present: Buffer;
  /** Where the next values are written; absent: it does not change. */
  next?: Buffer;
}

class DeviceSession implements ResidentSession {
  readonly #loaded: Loaded;
  readonly #copies: Copies;
  readonly #outputs: readonly string[];
  readonly #variables: readonly ResidentVariable[];
  readonly #residents = new Map<string, Resident>();

  constructor(
    loaded: Loaded,
    copies: Copies,
    outputs: readonly string[],
    variables: readonly ResidentVariable[],
  ) {
    this.#loaded = loaded;
    this.#copies = copies;
    this.#variables = variables;
    const next = new Set(variables.map((variable) => variable.next));
    this.#outputs = outputs.filter((name) => !next.has(name));
  }

  async write(values: NamedValues): Promise<void> {
    for (const variable of this.#variables) {
      const { name, shape, next } = variable;
      const data = values[name]?.data as Float32Array | undefined;
      if (!data) continue;
      const before = this.#residents.get(name);
      before?.present.memory.dispose();
      const present = await this.#copies.toDevice(data, shape);
      if (before) before.present = present;
      else {
        const other = next === undefined ? {} : { next: await this.#copies.toDevice(data, shape) };
        this.#residents.set(name, { variable, present, ...other });
      }
    }
  }

  async read(): Promise<Record<string, HostTensor>> {
    const found: Record<string, HostTensor> = {};
    for (const { variable, present, next } of this.#residents.values()) {
      if (!next) continue;
      const { name, shape } = variable;
      found[name] = { dtype: "float32", shape, data: await this.#copies.toHost(present) };
    }
    return found;
  }

  async run(feeds: NamedValues): Promise<Record<string, HostTensor>> {
    const present: Record<string, ort.Tensor> = {};
    const fetches: Record<string, ort.Tensor | null> = {};
    for (const name of this.#outputs) fetches[name] = null;
    for (const { variable, present: from, next: to } of this.#residents.values()) {
      present[variable.name] = from.tensor;
      if (variable.next !== undefined) fetches[variable.next] = to!.tensor;
    }
    const results = await this.#loaded.run(feeds, fetches, present);
    return Object.fromEntries(
      this.#outputs.map((name) => {
        const { dims, data } = results[name] as ort.TypedTensor<"float32">;
        return [name, { dtype: "float32", shape: dims, data }] as const;
      }),
    );
  }

  advance(): void {
    for (const resident of this.#residents.values()) {
      const { present, next } = resident;
      if (next) [resident.present, resident.next] = [next, present];
    }
  }

  async release(): Promise<void> {
    for (const { present, next } of this.#residents.values()) {
      present.memory.dispose();
      next?.memory.dispose();
    }
    this.#residents.clear();
    await this.#copies.release();
    await this.#loaded.release();
  }
}

/** How a resident session runs. */
export interface ResidentOptions {
  /** Name the device; threads are those of the few operators that are computed on the CPU. */
  readonly options: ort.InferenceSession.SessionOptions;
  readonly signal: AbortSignal | undefined;
}

/** Loads a model on the WebGPU device; its other outputs are float32. */
export async function residentSession(
  runtime: OnnxLibrary,
  outputs: NamedTensors,
  variables: readonly ResidentVariable[],
  { options, signal }: ResidentOptions,
): Promise<ResidentSession> {
  const { bytes, inputs } = writeFunction(rewritten(outputs, WEBGPU_RULES));
  const loaded = await Loaded.create(runtime, bytes, inputs, options, signal);
  const copies = await Copies.create(runtime, options);
  return new DeviceSession(loaded, copies, Object.keys(outputs), variables);
}
