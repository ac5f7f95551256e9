/** @module The mixture of two experts' probabilities: how much of each. */

import type { LabelKind } from "../../data/dataset.js";
import { goldenSection } from "./goldenSection.js";
import { logLoss } from "./metrics.js";

/** Validation samples that the prior for equal shares weighs as much as. */
const PRIOR = 20;
/** Neither expert is silenced: a share of 0 would be too sure a judgement of a few hundred samples. */
const LEAST = 0.01;

/** `(1 - share) * first + share * second`. */
export const mixed = (first: Float32Array, second: Float32Array, share: number): Float32Array =>
  first.map((p, at) => (1 - share) * p + share * second[at]!);

/**
 * The second expert's share of a mixture, by the log-loss on samples that neither was fitted to, with a prior for equal
 * shares: few samples say little about which is better.
 *
 * @param first - Probabilities `[samples, classes]`, calibrated.
 * @param second - The same of the other.
 * @param targets - `[samples, classes]`, 0 or 1.
 * @returns `0.01..0.99`; 0.5 without samples.
 */
export function fitShare(
  first: Float32Array,
  second: Float32Array,
  targets: Float32Array,
  { classes, labelKind }: { readonly classes: number; readonly labelKind: LabelKind },
): number {
  const samples = targets.length / classes;
  // The losses of a sample's labels are alike; their number counts as its root.
  const weight = labelKind === "multi-label" ? Math.sqrt(classes) : 1;
  const loss = (share: number): number => {
    const probabilities = mixed(first, second, share);
    const own = samples * logLoss({ labelKind, classes, probabilities, targets });
    return (samples > 0 ? own : 0) - (weight * PRIOR * (Math.log(share) + Math.log(1 - share))) / 2;
  };
  return goldenSection(loss, LEAST, 1 - LEAST);
}
