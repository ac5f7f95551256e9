/** @module All operators of the graph and the rules that give their outputs' types. */

import { elementwiseInfer } from "./elementwise.js";
import { layoutInfer } from "./layout.js";
import { linearInfer } from "./linear.js";
import { lookupInfer } from "./lookup.js";
import { normalizeInfer } from "./normalize.js";
import { reduceInfer } from "./reduce.js";
import type { InferRule } from "./rule.js";
import { spatialInfer } from "./spatial.js";

const rules = {
  ...elementwiseInfer,
  ...linearInfer,
  ...reduceInfer,
  ...layoutInfer,
  ...lookupInfer,
  ...spatialInfer,
  ...normalizeInfer,
} satisfies Record<string, InferRule>;

/**
 * Operators that a graph can hold. All are ONNX's but `StopGradient`, which is the identity with
 * no cotangent and vanishes when the graph is serialised.
 */
export type OpName = keyof typeof rules;

/** Shape inference by operator. */
export const inferRules: Readonly<Record<OpName, InferRule>> = rules;
