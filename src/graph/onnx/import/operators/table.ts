/** @module All operators that an import knows, by domain and name. */

import type { Operator } from "../call.js";
import { activationOperators, microsoftActivations } from "./activations.js";
import { microsoftAttention } from "./attention.js";
import { einsumOperators } from "./einsum.js";
import { elementwiseOperators } from "./elementwise.js";
import { layoutOperators } from "./layout.js";
import { linearOperators, microsoftLinear } from "./linear.js";
import { lookupOperators } from "./lookup.js";
import { microsoftNormalize, normalizeOperators } from "./normalize.js";
import { reduceOperators } from "./reduce.js";
import { resizeOperators } from "./resize.js";
import { sequenceOperators } from "./sequence.js";
import { microsoftSpatial, spatialOperators } from "./spatial.js";

type Table = ReadonlyMap<string, Operator>;

const tableOf = (...groups: readonly Readonly<Record<string, Operator>>[]): Table =>
  new Map(groups.flatMap((group) => Object.entries(group)));

/** Operators by domain, then by name. */
export const OPERATORS: ReadonlyMap<string, Table> = new Map([
  [
    "",
    tableOf(
      elementwiseOperators,
      activationOperators,
      linearOperators,
      einsumOperators,
      layoutOperators,
      lookupOperators,
      reduceOperators,
      resizeOperators,
      sequenceOperators,
      spatialOperators,
      normalizeOperators,
    ),
  ],
  [
    "com.microsoft",
    tableOf(
      microsoftActivations,
      microsoftLinear,
      microsoftSpatial,
      microsoftNormalize,
      microsoftAttention,
    ),
  ],
]);
