/** @module What each impairment costs, and what ignoring the impaired input would give. */

import type { Modality } from "../data/dataset.js";
import type { ProtocolResult, ProtocolRow } from "../evaluate/result.js";
import { type AnyCase, CASES, casesOf, OWN_IMPAIRMENTS } from "../impairments/cases.js";

/** One impaired case; percent and percentage points of the main score. */
export interface Cost {
  readonly name: AnyCase;
  readonly impaired: Modality;
  /** Score of the joint classifier. */
  readonly joint: number;
  /** Score of the modality-aware answer, which `predict` gives. */
  readonly aware: number;
  /** What that loses against full input. */
  readonly drop: number;
  /** Score of the same answer where the impaired input is missing instead: what ignoring it would give. */
  readonly ignoring: number;
  /** How far the answer stays below that: the impaired input does harm; 0 where it does not. */
  readonly harm: number;
}

/** Score of each case, those with tables of their own among them where they were measured. */
function scoresOf(row: ProtocolRow): ReadonlyMap<AnyCase, number> {
  const scores = new Map<AnyCase, number>(CASES.map((name) => [name, row.scores[name]]));
  for (const { name } of OWN_IMPAIRMENTS) {
    const own = row[name];
    if (own) for (const one of casesOf(name)) scores.set(one, own.scores[one]);
  }
  return scores;
}

/** Costs of all impaired cases, in the order of the results. */
export function costsOf({ protocol, aware }: ProtocolResult): Cost[] {
  const joint = scoresOf(protocol);
  return [...scoresOf(aware)].flatMap(([name, score]) => {
    if (name === "full") return [];
    const impaired = name.startsWith("image") ? "image" : "text";
    const ignoring = aware.scores[`${impaired}-missing`];
    const drop = aware.scores.full - score;
    const harm = Math.max(0, ignoring - score);
    return [{ name, impaired, joint: joint.get(name)!, aware: score, drop, ignoring, harm }];
  });
}
