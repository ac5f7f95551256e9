/** @module Labelled samples as a saved model takes them: a split that it can be evaluated on. */

import type { DataIssue, Dataset, OnBad } from "../data/dataset.js";
import { DataError } from "../errors.js";
import type { Asked } from "../inputs/question.js";
import { prepareDataset } from "../prepare/prepare.js";
import type { PreparedSplit } from "../prepare/prepared.js";
import { count } from "../text.js";
import { assertTakesAll } from "./many/takes.js";
import type { Classifier } from "./predict.js";

/** Samples ready for a model, and what was wrong with others. */
export interface LabelledSplit {
  readonly split: PreparedSplit;
  readonly issues: readonly DataIssue[];
}

/** How samples are prepared. */
export interface SplitOptions {
  readonly onBad: OnBad;
  readonly cache?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Classes of the data that a model does not have, as an issue; none where it has all. */
function unknownLabels({ name }: Dataset, unknown: readonly string[], skipped: number) {
  const issue: DataIssue = {
    kind: "label-unknown",
    where: name,
    message: `${count(skipped, "sample")} with labels that the model does not know: ${unknown.join(", ")}`,
    outcome: "sample-skipped",
  };
  return skipped > 0 ? [issue] : [];
}

/** Samples with their labels as places among a model's classes; those with others are left out. */
function relabelled(dataset: Dataset, classes: readonly string[]): readonly [Dataset, DataIssue[]] {
  const places = dataset.classes.map((label) => classes.indexOf(label));
  const known = dataset.samples.filter(({ labels }) =>
    labels.every((label) => places[label]! >= 0),
  );
  const unknown = dataset.classes.filter((_, label) => places[label]! < 0);
  if (known.length === 0) {
    throw new DataError(
      `${dataset.name}: no sample has a label that the model knows.`,
      `The model's classes: ${classes.join(", ")}.`,
    );
  }
  const samples = known.map((sample) => ({
    ...sample,
    split: "test" as const,
    labels: sample.labels.map((label) => places[label]!),
  }));
  const skipped = dataset.samples.length - known.length;
  return [{ ...dataset, classes, samples }, unknownLabels(dataset, unknown, skipped)];
}

/** Texts as the model pads them; tokens that stand in every text are never dropped by noise. */
function textsLike(
  texts: PreparedSplit["texts"],
  { prepared }: Asked<"text">,
): PreparedSplit["texts"] {
  if (texts.kind !== "tokens" || prepared.kind !== "tokens") return texts;
  const special = new Set(prepared.tokens[0]);
  return {
    ...texts,
    ...(prepared.length !== undefined && { length: prepared.length }),
    ...(special.size > 0 && { special }),
  };
}

/**
 * Prepares all samples of a data set for a model.
 *
 * @throws {DataError} where no sample has a label that the model knows, or none is left.
 * @throws {UserError} where the samples bring what the model does not take.
 */
export async function labelledSplit(
  classifier: Classifier,
  dataset: Dataset,
  options: SplitOptions,
): Promise<LabelledSplit> {
  const { card, preparations } = classifier;
  assertTakesAll({ ...dataset, drafts: dataset.samples }, card);
  const [own, unknown] = relabelled(dataset, card.classes);
  const { prepared, issues } = await prepareDataset(own, { ...options, ...preparations });
  if (prepared.test.size === 0) throw new DataError(`${dataset.name}: no sample can be used.`);
  // What a question without anything is padded with and normalised to.
  const empty = await classifier.prepare({});
  const { images, texts } = prepared.test;
  const { normalisation } = empty.image.prepared;
  const split: PreparedSplit = {
    ...prepared.test,
    images: { ...images, ...(normalisation && { normalisation }) },
    texts: textsLike(texts, empty.text),
  };
  return { split, issues: [...dataset.issues, ...unknown, ...issues] };
}
