/** @module Whether a model leans on one modality, and how much of the other one it leaves unused. */

import type { Modality } from "../data/dataset.js";
import type { ProtocolResult, ShapleyValues } from "../evaluate/result.js";

/** What the absence of one modality costs; percent and percentage points of the main score. */
export interface Absence {
  readonly missing: Modality;
  /** Score of the joint classifier with a blank input. */
  readonly joint: number;
  /** What it loses against full input. */
  readonly drop: number;
  /** Score of the answer that knows what is missing: what the other modality alone can give. */
  readonly alone: number;
  /** How far the joint classifier stays below that; 0 where it does not. */
  readonly unused: number;
}

/** Which modality the joint classifier leans on. */
export interface Dominance {
  readonly full: number;
  /** Without the image, and without the text. */
  readonly absences: Readonly<Record<Modality, Absence>>;
  /** The modality without which it loses clearly more; `null` where the two cannot be told apart. */
  readonly dominant: Modality | null;
  /** Difference of the two scores, percentage points. */
  readonly gap: number;
  /**
   * `bias`: without the dominant modality it stays clearly below what the other one can give; `data`: it does not, the
   * dominant modality simply tells more; `none`: no modality dominates.
   */
  readonly kind: "bias" | "data" | "none";
  readonly shapley: ShapleyValues;
}

/** Percentage points from which the difference of two scores without intervals is clear. */
const CLEAR_GAP = 5;

/** Percentage points from which what is left unused is clear. */
const CLEAR_UNUSED = 2;

/** Whether the joint classifier could clearly make more of the modality that is left. */
export const isWasteful = ({ unused }: Absence): boolean => unused > CLEAR_UNUSED;

function absenceOf({ protocol, aware }: ProtocolResult, missing: Modality): Absence {
  const joint = protocol.scores[`${missing}-missing`];
  const alone = aware.scores[`${missing}-missing`];
  const drop = protocol.scores.full - joint;
  return { missing, joint, drop, alone, unused: Math.max(0, alone - joint) };
}

/** Whether the two scores differ by more than chance: their 95 % intervals do not overlap. */
function areApart({ protocol: { intervals, missing } }: ProtocolResult): boolean {
  if (!intervals) return missing.gap > CLEAR_GAP;
  const [image, text] = [intervals["image-missing"], intervals["text-missing"]];
  return image.low > text.high || text.low > image.high;
}

/** Reads the dominant modality off the results of a run. */
export function dominanceOf(result: ProtocolResult): Dominance {
  const absences = { image: absenceOf(result, "image"), text: absenceOf(result, "text") };
  const heavier = absences.image.drop > absences.text.drop ? "image" : "text";
  const dominant = areApart(result) ? heavier : null;
  const isBias = dominant !== null && isWasteful(absences[dominant]);
  return {
    full: result.protocol.scores.full,
    absences,
    dominant,
    gap: result.protocol.missing.gap,
    kind: dominant === null ? "none" : isBias ? "bias" : "data",
    shapley: result.shapley,
  };
}
