/** @module Vector-Jacobian products of normalisation layers. */

import { intOf } from "../attributes.js";
import { mul, sub } from "../functions/elementwise.js";
import { mean } from "../functions/reduce.js";
import { checkAxis } from "../shape.js";
import { inputOf, unbroadcast, type VjpRule } from "./rule.js";

const layerNormalization: VjpRule = (ct, node) => {
  const x = inputOf(node, 0);
  const scale = inputOf(node, 1);
  const bias = node.inputs[2];
  const [, average, inverse] = node.outputs as [never, typeof x, typeof x];
  const first = checkAxis(node.op, intOf(node.attributes, "axis", -1), x.shape);
  const axes = [...x.shape.keys()].slice(first);
  const normalised = mul(sub(x, average), inverse);
  return [
    () => {
      const inner = mul(ct, scale);
      const drift = mean(inner, { axes, keep: true });
      const stretch = mean(mul(inner, normalised), { axes, keep: true });
      return mul(inverse, sub(sub(inner, drift), mul(normalised, stretch)));
    },
    () => unbroadcast(mul(ct, normalised), scale),
    bias ? () => unbroadcast(ct, bias) : null,
  ];
};

export const normalizeVjp = {
  LayerNormalization: layerNormalization,
} satisfies Record<string, VjpRule>;
