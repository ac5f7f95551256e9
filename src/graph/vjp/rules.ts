/** @module The table of vector-Jacobian products: one rule for every operator. */

import type { OpName } from "../infer/rules.js";
import { convVjp } from "./conv.js";
import { elementwiseVjp } from "./elementwise.js";
import { layoutVjp } from "./layout.js";
import { linearVjp } from "./linear.js";
import { lookupVjp } from "./lookup.js";
import { normalizeVjp } from "./normalize.js";
import { poolVjp } from "./pool.js";
import { reduceVjp } from "./reduce.js";
import type { VjpRule } from "./rule.js";

/** Rules by operator; the type makes the table total. */
export const vjpRules: Readonly<Record<OpName, VjpRule>> = {
  ...elementwiseVjp,
  ...linearVjp,
  ...reduceVjp,
  ...layoutVjp,
  ...lookupVjp,
  ...convVjp,
  ...poolVjp,
  ...normalizeVjp,
};
