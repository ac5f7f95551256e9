/** @module MMCosine: a classifier of cosines, in which no modality dominates by length. */

import { joint, type JointOptions } from "../joint.js";
import type { BalanceMethod } from "../method.js";
import { onlyFusion } from "../supports.js";

/**
 * MMCosine: plain training with the fusion `cosine`; under any other it would be joint training, so
 * others are refused.
 *
 * Source: Xu et al., "MMCosine: Multi-Modal Cosine Loss Towards Balanced Audio-Visual Fine-Grained
 * Learning", ICASSP 2023, equation 5.
 */
export const mmcosine: BalanceMethod<JointOptions> = {
  ...joint,
  name: "mmcosine",
  summary: "plain training of a classifier of cosines",
  source: "Xu et al., ICASSP 2023, equation 5",
  model: { fusion: "cosine" },
  supports: onlyFusion("cosine", "the fusion is the method"),
};
