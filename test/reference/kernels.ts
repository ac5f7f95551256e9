/** @module The table of reference kernels: one for every operator. */

import type { OpName } from "../../src/graph/infer/rules.js";
import { elementwiseKernels } from "./elementwise.js";
import type { Kernel } from "./kernel.js";
import { layoutKernels } from "./layout.js";
import { linearKernels } from "./linear.js";
import { lookupKernels } from "./lookup.js";
import { normalizeKernels } from "./normalize.js";
import { reduceKernels } from "./reduce.js";
import { spatialKernels } from "./spatial.js";

/** Kernels by operator; the type makes the table total. */
export const kernels: Readonly<Record<OpName, Kernel>> = {
  ...elementwiseKernels,
  ...linearKernels,
  ...reduceKernels,
  ...layoutKernels,
  ...lookupKernels,
  ...spatialKernels,
  ...normalizeKernels,
};
