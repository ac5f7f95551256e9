/** @module Vector-Jacobian products of normalisation layers. */

import { intOf } from "../attributes.js";
import { mul, sub } from "../functions/elementwise.js";
import { mean } from "../functions/reduce.js";
import { checkAxis } from "../shape.js";
import { normalised } from "./again.js";
import { inputOf, unbroadcast, type VjpRule } from "./rule.js";

const layerNormalization: VjpRule = (ct, node) => {
  const x = inputOf(node, 0);
  const scale = inputOf(node, 1);
  const bias = node.inputs[2];
  const inverse = node.outputs[2]!;
  const first = checkAxis(node.op, intOf(node.attributes, "axis", -1), x.shape);
  const axes = [...x.shape.keys()].slice(first);
  const unscaled = normalised(node);
  return [
    () => {
      const inner = mul(ct, scale);
      const drift = mean(inner, { axes, keep: true });
      const stretch = mean(mul(inner, unscaled), { axes, keep: true });
      return mul(inverse, sub(sub(inner, drift), mul(unscaled, stretch)));
    },
    () => unbroadcast(mul(ct, unscaled), scale),
    bias ? () => unbroadcast(ct, bias) : null,
  ];
};

export const normalizeVjp = {
  LayerNormalization: layerNormalization,
} satisfies Record<string, VjpRule>;
