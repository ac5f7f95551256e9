/** @module balgrad/graph: symbolic tensors, autodiff, ONNX serialisation. Runs in browsers too. */

export * as elementwise from "./functions/elementwise.js";
export * as layout from "./functions/layout.js";
export * as linear from "./functions/linear.js";
export * as lookup from "./functions/lookup.js";
export * as normalize from "./functions/normalize.js";
export * as reduce from "./functions/reduce.js";
export * as spatial from "./functions/spatial.js";
export type { Reference, SettingReference, UseCaseReference, Words } from "../message.js";
export type { Attribute, Attributes } from "./attributes.js";
export { backward, gradients, type Use, useGradient } from "./autodiff.js";
export type { DType, TensorData } from "./dtype.js";
export { Graph } from "./graph.js";
export type { Leaf } from "./infer/operand.js";
export type { ExternalData, OnnxTensor } from "./onnx/elements.js";
export { ImportError, UnsupportedOperatorError } from "./onnx/import/errors.js";
export { importOnnx } from "./onnx/import/import.js";
export type {
  ImportedWeight,
  ImportOptions,
  LinearUse,
  WeightRole,
} from "./onnx/import/options.js";
export {
  type OnnxAttribute,
  type OnnxFile,
  type OnnxGraph,
  type OnnxInput,
  type OnnxNode,
  readOnnx,
} from "./onnx/read.js";
export {
  type ModelMetadata,
  type NamedTensors,
  type OnnxModel,
  writeFunction,
} from "./onnx/write.js";
export { type Dim, type Shape, ShapeError } from "./shape.js";
export type { Node, StateVariable, Tensor, TensorGraph } from "./tensor.js";
