/** @module What is used of ONNX Runtime's libraries: the same in those for Node and for browsers. */

import type * as ort from "onnxruntime-common";

/** The package `onnxruntime-node` or `onnxruntime-web`. */
export type OnnxLibrary = Pick<typeof ort, "InferenceSession" | "Tensor">;
