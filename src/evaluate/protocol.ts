/** @module The impairment protocol: a split whole, and with each modality impaired in every way. */

import type { PreparedSplit } from "../prepare/prepared.js";
import { ratioCurve, shapleyValues } from "./absence.js";
import { type AwareModel, predictAware } from "./aware.js";
import { type ProtocolOptions, runCases } from "./cases.js";
import { type LabelThresholds, thresholdRows } from "./decisions.js";
import { measureFurther } from "./further.js";
import type { SplitLogits } from "./predictor.js";
import { toProbabilities } from "./scores/probabilities.js";
import type { ProtocolResult, ProtocolRow } from "./result.js";
import { type Predict, protocolRow } from "./row.js";

/**
 * Runs the protocol on a split.
 *
 * Source of the cases, averages and gaps: Kwon et al., NAACL 2025, section 4.1.
 *
 * @param aware - Fitted on the validation split with `fitAwareOn`.
 */
export async function runProtocol(
  split: PreparedSplit,
  name: string,
  aware: AwareModel,
  options: ProtocolOptions,
): Promise<ProtocolResult> {
  const { labelKind, classes } = options.predictor.labels;
  const logits = await runCases(split, options);
  const decided = (
    probabilities: Float32Array,
    thresholds: LabelThresholds | undefined,
    heads: SplitLogits,
  ): ReturnType<Predict> => ({
    probabilities,
    ...(thresholds && { thresholds: thresholdRows(thresholds, heads) }),
  });
  const { thresholds } = aware;
  const probabilitiesOf = ({ joint }: SplitLogits) => toProbabilities(joint, classes, labelKind);
  const predictJoint: Predict = (heads) =>
    decided(probabilitiesOf(heads), thresholds?.joint, heads);
  const predictPublished: Predict = (heads) => ({ probabilities: probabilitiesOf(heads) });
  const predictMixture: Predict = (heads) =>
    decided(predictAware(aware, heads), thresholds?.aware, heads);
  const ways = {
    protocol: predictJoint,
    aware: predictMixture,
    ...(thresholds && { published: predictPublished }),
  };
  const further = await measureFurther(split, logits, ways, options);
  const rowOf = (way: string, predict: Predict): ProtocolRow =>
    protocolRow(logits, split, predict, options, further(way));
  const protocol = rowOf("protocol", predictJoint);
  return {
    split: name,
    samples: split.size,
    mainScore: options.mainScore,
    noise: options.noise,
    protocol,
    published: thresholds && rowOf("published", predictPublished),
    shapley: await shapleyValues(split, protocol, predictJoint, options),
    aware: rowOf("aware", predictMixture),
    ratios: await ratioCurve(split, protocol, predictJoint, options),
  };
}
