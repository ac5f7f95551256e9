/** @module Scores of corrupted inputs. */

import { CORRUPTIONS } from "../impairments/corruptions/list.js";
import { type CorruptionName, SEVERITIES } from "../impairments/further.js";
import { at, type Corruption, type Impaired } from "../impairments/impairment.js";
import type { Measure, WayScores } from "./noiseCurve.js";

/** Scores under one corruption, percent. */
export interface CorruptionScores {
  readonly corruption: CorruptionName;
  /** By severity, from 1 on. */
  readonly severities: readonly number[];
  /** Their mean. */
  readonly average: number;
}

/** A corruption at every severity. */
const severitiesOf = (corruption: Corruption): Impaired[] =>
  SEVERITIES.map((severity) =>
    corruption.modality === "image"
      ? { image: at(corruption, severity) }
      : { text: at(corruption, severity) },
  );

/**
 * Some corruptions, each for all samples at every severity.
 *
 * @returns The scores of each way to answer.
 */
export async function measureCorruptions(
  measure: Measure,
  names: readonly CorruptionName[],
): Promise<(way: string) => CorruptionScores[]> {
  const measured: { corruption: CorruptionName; scores: WayScores[] }[] = [];
  for (const corruption of CORRUPTIONS.filter(({ name }) => names.includes(name))) {
    const scores: WayScores[] = [];
    for (const impaired of severitiesOf(corruption)) scores.push(await measure(impaired));
    measured.push({ corruption: corruption.name, scores });
  }
  return (way) =>
    measured.map(({ corruption, scores }) => {
      const severities = scores.map((own) => own[way]!);
      const average = severities.reduce((sum, score) => sum + score, 0) / severities.length;
      return { corruption, severities, average };
    });
}
