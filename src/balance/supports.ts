/** @module What methods work with: facts that several share, and the one place where they are checked. */

import { ConfigError } from "../errors.js";
import type { LabelKind } from "../data/dataset.js";
import { GENERAL_FUSIONS } from "../model/config.js";
import { ADDITIVE_FUSIONS, type Fusion } from "../model/fusion.js";
import { say, setting } from "../message.js";
import type { MethodDescription, Support } from "./method.js";

/** For methods that look at each modality's share of the joint logits. */
export const ADDITIVE: Support = {
  fusions: ADDITIVE_FUSIONS,
  why: { fusions: "it needs joint logits that are a sum over the modalities" },
};

/** For methods that are made for one fusion, which they should name in `model`, too. */
export const onlyFusion = (fusion: Fusion, why: string): Support => ({
  fusions: [fusion],
  why: { fusions: why },
});

/** Some facts, and that labels exclude each other. */
export const singleLabelOnly = (why: string, others: Support = {}): Support => ({
  ...others,
  labels: ["single-label"],
  why: { ...others.why, labels: why },
});

/** Fusions that a method works with. */
export const fusionsOf = ({ supports }: MethodDescription): readonly Fusion[] =>
  supports?.fusions ?? GENERAL_FUSIONS;

/** Whether a method works with data of several labels per sample. */
export const isForMultiLabel = ({ supports }: MethodDescription): boolean =>
  supports?.labels?.includes("multi-label") ?? true;

const oneOf = (names: readonly string[]): string =>
  [names.slice(0, -1).join(", "), names.at(-1)!].filter((part) => part !== "").join(" or ");

/**
 * Stops where a method does not work with a model or with data.
 *
 * @throws {ConfigError} saying what it needs, and why.
 */
export function refuseUnsupported(
  method: MethodDescription,
  { fusion, labels }: { readonly fusion: Fusion; readonly labels: LabelKind },
): void {
  const { name, supports: { why = {} } = {} } = method;
  const fusions = fusionsOf(method);
  if (!fusions.includes(fusion)) {
    throw new ConfigError(
      say`${name} does not work with ${setting("model.fusion", fusion)}: ${why.fusions ?? "only a method made for this fusion trains what it needs"}.`,
      say`Use ${setting("model.fusion")} ${oneOf(fusions)}, or leave it out.`,
    );
  }
  if (labels === "multi-label" && !isForMultiLabel(method)) {
    throw new ConfigError(
      `${name} does not work with multi-label data: ${why.labels ?? "it is made for one label per sample"}.`,
      "Choose another method, for example balgrad or mmpareto.",
    );
  }
}
