/** @module balgrad/balance: balance methods and the gradient engine under them. */

export {
  type Coefficients,
  type EngineOptions,
  GradientEngine,
  type InnerPath,
} from "../gramian/engine.js";
export type { Modality } from "../data/dataset.js";
export type { LabelSpace } from "../model/config.js";
export type { ModelInputs, TrainingInputs } from "../model/inputs.js";
export type { ModelOutputs } from "../model/model.js";
export type { Network, Sides } from "../model/network.js";
export type { NoiseSource } from "../model/noise.js";
export type { Objectives } from "../model/objectives.js";
export type { Pair, Quality } from "../model/quality.js";
export {
  heUniform,
  type Initializer,
  lecunUniform,
  normal,
  ones,
  zeros,
} from "../nn/initializers.js";
export type { Random } from "../random.js";
export type { ClassificationLosses } from "../nn/losses.js";
export { type Parameter, ParameterScope, type ParameterTags, type Part } from "../nn/parameters.js";
export { balgrad, type BalgradOptions } from "./balgrad.js";
export { balgradPlus, type BalgradPlusOptions } from "./balgradPlus.js";
export { joint, type JointOptions } from "./joint.js";
export type {
  Answering,
  BalanceContext,
  BalanceMethod,
  BalancePlan,
  Pull,
  Support,
  Teacher,
  TrainingProgress,
} from "./method.js";
export {
  type ConfiguredMethod,
  configureMethod,
  findMethod,
  METHOD_NAMES,
  METHODS,
} from "./methods.js";
export { robust, type RobustOptions } from "./robust.js";
export {
  modalityWeights,
  type ModalityWeights,
  type Status,
  STATUSES,
  type StatusInputs,
} from "./status.js";
export {
  combinedGradients,
  type SurgeryInputs,
  type SurgeryResult,
  type SurgeryServices,
} from "./ownGraph.js";
export {
  surgery,
  type SurgeryContext,
  type SurgeryMethod,
  type Weighting,
  type WeightingInputs,
  type Weights,
} from "./surgery/weighting.js";
