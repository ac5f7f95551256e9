/** @module Results of the impairment protocol: plain JSON. */

import type { Score } from "../data/dataset.js";
import type {
  AnyCase,
  Case,
  CaseOf,
  OwnImpairment,
  ResultImpairment,
} from "../impairments/cases.js";
import type { NoiseLevels } from "../impairments/impairment.js";
import type { CorruptionScores } from "./corruptions.js";
import type { ScoreInterval } from "./scores/intervals.js";
import type { Scores } from "./scores/metrics.js";
import type { NoisePoint } from "./noiseCurve.js";

/** One impairment of either modality. */
export interface ImpairedPair {
  /** Mean of the two impaired scores. */
  readonly average: number;
  /** Absolute difference of the two impaired scores, percentage points. */
  readonly gap: number;
}

/** Scores of the impairments that the results table shows. */
type ResultPairs = Readonly<Record<ResultImpairment, ImpairedPair>>;

/** Scores of those that have a table of their own; `null` in results of versions that did not measure them. */
type OwnPairs = { readonly [N in OwnImpairment]: OwnPair<N> | null };

/** Scores of an impairment that has a table of its own. */
export interface OwnPair<N extends string> extends ImpairedPair {
  /** Main score of each of its cases, percent. */
  readonly scores: Readonly<Record<CaseOf<N>, number>>;
}

/** Results of one way to predict. */
export interface ProtocolRow extends ResultPairs, OwnPairs {
  readonly cases: Readonly<Record<Case, Scores>>;
  /** Main score of each case, percent. */
  readonly scores: Readonly<Record<Case, number>>;
  /**
   * 95 % bootstrap intervals of the main score over the samples, percent: how sure the scores are; `null` in results of
   * older versions.
   */
  readonly intervals: Readonly<Record<AnyCase, ScoreInterval>> | null;
  /** Scores by the strength of noise; `null` where they were not measured. */
  readonly noiseCurve: readonly NoisePoint[] | null;
  /** Scores under the corruptions that were asked for; `null` where there were none. */
  readonly corruptions: readonly CorruptionScores[] | null;
  /** Cases that score above full input: the impaired modality does harm there. */
  readonly negativeTransfer: readonly Case[];
  /** Confusion matrix on full input, see `confusionMatrix`. */
  readonly confusion: readonly (readonly number[])[];
}

/** One point of the missing-ratio curve; scores in percent. */
export interface RatioPoint {
  readonly ratio: number;
  readonly imageMissing: number;
  readonly textMissing: number;
}

/** What each modality contributes to the main score, percentage points. */
export interface ShapleyValues {
  readonly image: number;
  readonly text: number;
}

/** Results of the protocol; plain JSON. */
export interface ProtocolResult {
  readonly split: string;
  readonly samples: number;
  readonly mainScore: Score;
  readonly noise: NoiseLevels;
  /**
   * The paper's measurement: the joint classifier, with blank inputs for what is missing. Labels of
   * multi-label data are decided for by thresholds from the validation split.
   */
  readonly protocol: ProtocolRow;
  /** The same with a threshold of 0.5, as published; `null` where no thresholds are needed. */
  readonly published: ProtocolRow | null;
  /** Modality-aware prediction on the same inputs. */
  readonly aware: ProtocolRow;
  readonly shapley: ShapleyValues;
  readonly ratios: readonly RatioPoint[];
}
