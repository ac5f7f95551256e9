/**
 * @module Outputs written in place: keeps ONNX Runtime's Node binding from copying what it has written already.
 *
 * The binding writes an output into the array that it is given for it, and then makes a second tensor with a copy of it,
 * which costs more than a small training step. It goes through the outputs in order and refuses values that are no
 * tensors. With such a value as the first output it fails before the first copy, when everything has been computed and
 * written. This leans on how one version of the binding works, so it is used with that version only, and only where a
 * trial shows that it does what it should; see {@link writesInPlace}.
 */

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";

import {
  ModelProtoSchema,
  NodeProtoSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "../graph/onnx/onnx_pb.js";
import { tensorProto } from "../graph/onnx/nodes.js";
import { sessionOptions } from "./device.js";
import type { Device } from "./devices.js";
import type { OnnxRuntime } from "./onnxRuntime.js";

/** The version of the binding that was looked at. */
const VERSION = "1.30.0";

/** Name of the output that is no tensor. */
export const STOP = "balgrad.stop";
const SCALAR = "balgrad.stop.scalar";

const REFUSAL = "Non tensor type is temporarily not supported.";

const FLOAT = 1;

/** A model with a first output that is no tensor. */
export function withStop(bytes: Uint8Array): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  const graph = model.graph!;
  const scalar = create(TypeProtoSchema, {
    value: { case: "tensorType", value: { elemType: FLOAT, shape: { dim: [] } } },
  });
  graph.initializer.push(tensorProto(SCALAR, "float32", [], Float32Array.of(0)));
  graph.node.push(
    create(NodeProtoSchema, { opType: "SequenceConstruct", input: [SCALAR], output: [STOP] }),
  );
  graph.output.unshift(
    create(ValueInfoProtoSchema, {
      name: STOP,
      type: { value: { case: "sequenceType", value: { elemType: scalar } } },
    }),
  );
  return toBinary(ModelProtoSchema, model);
}

/** Whether an error is the binding's refusal of {@link STOP}, after all outputs were written. */
export const isStop = (error: unknown): boolean =>
  error instanceof Error && error.message === REFUSAL;

/** A model that doubles its input. */
function trialModel(): Uint8Array {
  const tensor = (name: string) => ({
    name,
    type: {
      value: {
        case: "tensorType" as const,
        value: {
          elemType: FLOAT,
          shape: { dim: [{ value: { case: "dimValue" as const, value: 2n } }] },
        },
      },
    },
  });
  const model = create(ModelProtoSchema, {
    irVersion: 9n,
    opsetImport: [{ domain: "", version: 20n }],
    graph: {
      name: "trial",
      input: [tensor("x")],
      output: [tensor("y")],
      node: [{ opType: "Add", input: ["x", "x"], output: ["y"] }],
    },
  });
  return withStop(toBinary(ModelProtoSchema, model));
}

/** Whether a model's output is written in place, and nothing but the refusal comes back, twice in a row. */
async function passesTrial(
  { InferenceSession, Tensor }: OnnxRuntime,
  device: Device,
): Promise<boolean> {
  const session = await InferenceSession.create(trialModel(), sessionOptions(device));
  try {
    for (const value of [1.5, -4]) {
      const y = new Float32Array(2);
      const feeds = { x: new Tensor("float32", Float32Array.of(value, 0.25), [2]) };
      const fetches = { [STOP]: null, y: new Tensor("float32", y, [2]) };
      const outcome = await session.run(feeds, fetches).catch((error: unknown) => error);
      if (!isStop(outcome) || y[0] !== 2 * value || y[1] !== 0.5) return false;
    }
    return true;
  } finally {
    await session.release();
  }
}

const trials = new WeakMap<OnnxRuntime, Map<Device, Promise<boolean>>>();

/**
 * Whether the loaded runtime writes outputs in place without copies by {@link withStop}, where the model runs on a device;
 * where it does not, its outputs are copied.
 */
export function writesInPlace(runtime: OnnxRuntime, device: Device = "cpu"): Promise<boolean> {
  const done = trials.get(runtime) ?? new Map<Device, Promise<boolean>>();
  trials.set(runtime, done);
  const known = done.get(device);
  if (known) return known;
  const isKnown = runtime.env.versions.node === VERSION;
  const trial = isKnown ? passesTrial(runtime, device).catch(() => false) : Promise.resolve(false);
  done.set(device, trial);
  return trial;
}
