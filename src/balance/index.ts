/** @module balgrad/balance: balance methods and the gradient engine under them. */

export { GradientEngine } from "../gramian/engine.js";
export { balgrad, type BalgradOptions } from "./balgrad.js";
export { balgradPlus, type BalgradPlusOptions } from "./balgradPlus.js";
export { robust, type RobustOptions } from "./robust.js";
export { joint, type JointOptions } from "./joint.js";
export type { BalanceContext, BalanceMethod, BalancePlan } from "./method.js";
export { configureMethod, findMethod, METHOD_NAMES, METHODS } from "./methods.js";
export { modalityWeights, type Status, STATUSES } from "./status.js";
export {
  surgery,
  type Weighting,
  type WeightingInputs,
  type Weights,
} from "./surgery/weighting.js";
export type { Answering, Teacher, TrainingProgress } from "./method.js";
export type { ConfiguredMethod } from "./methods.js";
export type { ModalityWeights, StatusInputs } from "./status.js";
export type { Coefficients, EngineOptions } from "../gramian/engine.js";
export type { TrainingInputs } from "../model/inputs.js";
export type { ModelOutputs } from "../model/model.js";
export type { Network } from "../model/network.js";
export type { NoiseSource } from "../model/noise.js";
export type { Objectives } from "../model/objectives.js";
export type { ClassificationLosses } from "../nn/losses.js";
export type { Parameter } from "../nn/parameters.js";
export type { InnerPath } from "../gramian/engine.js";
export type { ModelInputs } from "../model/inputs.js";
export type { Side, Sides } from "../model/network.js";
export type { Quality } from "../model/quality.js";
export type { Modality, Part } from "../nn/parameters.js";
export type { Pair } from "../model/quality.js";
export type { Support } from "./method.js";
export type { LabelSpace } from "../model/config.js";
