/** @module A run looked into by its single answers: classes, calibration, confusions, embeddings. */

import type { LabelKind } from "../data/dataset.js";
import type { AnyCase } from "../impairments/cases.js";
import type { Embeddings } from "../run/embeddings.js";
import { type Calibration, calibrationOf } from "./calibration.js";
import { type ClassNeed, classNeeds } from "./classes.js";
import { type Confusion, confusionOf } from "./confusion.js";
import { type Place, projected } from "./projection.js";
import { isRight, type JudgedSample } from "./samples.js";

/** Cases that are looked into. */
export const INSIGHT_CASES = [
  "full",
  "image-missing",
  "text-missing",
] as const satisfies readonly AnyCase[];

/** A sample of an embedding map. */
export interface MappedSample {
  /** Its first true label. */
  readonly label: string;
  readonly isRight: boolean;
  /** Its name, true labels and answer. */
  readonly title: string;
}

/** Embeddings in the plane. */
export interface EmbeddingMaps {
  /** Maps by what the embeddings are of, `[samples]` each; those without any structure are left out. */
  readonly maps: readonly { readonly of: string; readonly places: readonly Place[] }[];
  readonly samples: readonly MappedSample[];
}

/** What is seen of a run's single answers. */
export interface Insight {
  readonly classes: readonly ClassNeed[];
  readonly calibrations: readonly Calibration[];
  /** `null` for multi-label data. */
  readonly confusions: readonly Confusion[] | null;
  /** `null` where the run has no network. */
  readonly embeddings: EmbeddingMaps | null;
}

/** What answers are looked into with. */
export interface Judged {
  readonly samples: readonly JudgedSample[];
  readonly classes: readonly string[];
  readonly labelKind: LabelKind;
}

function mapped({ id, truth, answers }: JudgedSample): MappedSample {
  const said = answers.full.labels.join(", ") || "none";
  const right = isRight({ truth, answers }, "full");
  const title = `${id}: ${truth.join(", ")}${right ? "" : `, answered ${said}`}`;
  return { label: truth[0] ?? "no label", isRight: right, title };
}

/**
 * Embeddings of some samples in the plane.
 *
 * @param samples - Those that the embeddings are of.
 */
export function embeddingMaps(
  embeddings: Embeddings,
  samples: readonly JudgedSample[],
  seed: number,
): EmbeddingMaps {
  const maps = (["both", "image", "text"] as const).flatMap((of) => {
    const places = projected(embeddings[of], seed);
    return places ? [{ of, places }] : [];
  });
  return { maps, samples: samples.map(mapped) };
}

/** Looks into the answers of a run. */
export const insightOf = (
  { samples, classes, labelKind }: Judged,
  embeddings: EmbeddingMaps | null,
): Insight => ({
  classes: classNeeds(samples, classes),
  calibrations: INSIGHT_CASES.map((name) => calibrationOf(samples, name)),
  confusions:
    labelKind === "single-label"
      ? INSIGHT_CASES.map((name) => confusionOf(samples, classes, name))
      : null,
  embeddings,
});
