/** @module A plain loop of ONNX Runtime over one batch that is ready: what nothing around it can exceed. */

import { existsSync } from "node:fs";
import { join } from "node:path";

import { onnxRuntime } from "../../dist/runtime/onnxRuntime.js";
import { usableCores } from "../../dist/runtime/cores.js";

/** Length of an axis that a model leaves open, other than the batch. */
const OPEN = 8;

const ARRAYS = { float32: Float32Array, int32: Int32Array, int64: BigInt64Array };

/** Where the model of a run or of an export is. */
const modelIn = (folder) =>
  ["model/model.onnx", "model.onnx", "onnx/model.onnx"]
    .map((name) => join(folder, name))
    .find((path) => existsSync(path));

/** Inputs a second. */
export async function runtimeLoop(folder, batch, seconds) {
  const { InferenceSession, Tensor } = await onnxRuntime();
  const options = { intraOpNumThreads: usableCores() };
  const session = await InferenceSession.create(modelIn(folder), options);
  const feeds = Object.fromEntries(
    session.inputMetadata.map(({ name, type, shape }) => {
      const dims = shape.map((dim, at) =>
        at === 0 ? batch : typeof dim === "number" ? dim : OPEN,
      );
      const data = new ARRAYS[type](dims.reduce((product, dim) => product * dim, 1));
      data.fill(type === "int64" ? 1n : 1);
      return [name, new Tensor(type, data, dims)];
    }),
  );
  await session.run(feeds);
  const begin = performance.now();
  let done = 0;
  while (performance.now() - begin < 1000 * seconds) {
    await session.run(feeds);
    done += batch;
  }
  const pace = done / ((performance.now() - begin) / 1000);
  await session.release();
  return pace;
}
