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
