/** @module Scores of corrupted inputs. */

import {
  type Corruption,
  IMAGE_CORRUPTIONS,
  type ImageCorruption,
  SEVERITIES,
} from "../prepare/corrupt/kinds.js";
import type { Impairment } from "../prepare/impair.js";
import type { Measure, WayScores } from "./noiseCurve.js";

/** Scores under one corruption, percent. */
export interface CorruptionScores {
  readonly corruption: Corruption;
  /** By severity, from 1 on. */
  readonly severities: readonly number[];
  /** Their mean. */
  readonly average: number;
}

const isOfImages = (name: Corruption): name is ImageCorruption =>
  (IMAGE_CORRUPTIONS as readonly string[]).includes(name);

/** A corruption at every severity. */
const impairmentsOf = (corruption: Corruption): Impairment[] =>
  SEVERITIES.map((severity) =>
    isOfImages(corruption)
      ? { image: { corruption, severity } }
      : { text: { corruption, severity } },
  );

/**
 * Some corruptions, each for all samples at every severity.
 *
 * @returns The scores of each way to answer.
 */
export async function measureCorruptions(
  measure: Measure,
  corruptions: readonly Corruption[],
): Promise<(way: string) => CorruptionScores[]> {
  const measured: { corruption: Corruption; scores: WayScores[] }[] = [];
  for (const corruption of corruptions) {
    const scores: WayScores[] = [];
    for (const impairment of impairmentsOf(corruption)) scores.push(await measure(impairment));
    measured.push({ corruption, scores });
  }
  return (way) =>
    measured.map(({ corruption, scores }) => {
      const severities = scores.map((own) => own[way]!);
      const average = severities.reduce((sum, score) => sum + score, 0) / severities.length;
      return { corruption, severities, average };
    });
}
