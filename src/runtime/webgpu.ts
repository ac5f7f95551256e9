/** @module What ONNX Runtime's WebGPU provider has no kernel for, in operators that it has. */

import { floatOf, intOf } from "../graph/attributes.js";
import { add, exp, log, mul, sub } from "../graph/functions/elementwise.js";
import { max, sum } from "../graph/functions/reduce.js";
import type { RewriteRules } from "../graph/rewrite.js";

/** Rules for graphs that run on WebGPU. */
export const WEBGPU_RULES: RewriteRules = {
  // It has no kernel, and would be computed on the CPU.
  LogSoftmax: ([input], { attributes }) => {
    const x = input!;
    const over = { axes: [intOf(attributes, "axis", -1)], keep: true };
    const centred = sub(x, max(x, over));
    return [sub(centred, log(sum(exp(centred), over)))];
  },
  // The kernel ends the process where the addend is a scalar.
  Gemm: ([a, b, addend], { attributes, outputs }) => {
    if (addend?.shape.length !== 0) return null;
    const product = outputs[0]!.graph.apply("Gemm", [a!, b!], attributes)[0]!;
    const factor = floatOf(attributes, "beta", 1);
    return [add(product, factor === 1 ? addend : mul(addend, factor))];
  },
};
