/** @module balgrad/balance: balance methods and the gradient engine under them. */

export { GradientEngine } from "../gramian/engine.js";
export { balgrad, type BalgradOptions } from "./balgrad.js";
export { joint, type JointOptions } from "./joint.js";
export type { BalanceContext, BalanceMethod, BalancePlan } from "./method.js";
export { configureMethod, METHOD_NAMES } from "./methods.js";
export { modalityWeights, type Status, STATUSES } from "./status.js";
