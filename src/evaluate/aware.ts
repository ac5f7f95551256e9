/** @module Modality-aware prediction: answers from the heads that saw something, as far as they are to be trusted. */

import type { Task } from "../data/dataset.js";
import { labelThresholds } from "../decide/thresholds.js";
import { fitTemperature } from "./calibration.js";
import { type Component, evidenceShares, fitMixtureWeights, mixtureLoss } from "./mixture.js";
import { headThresholds, type LabelThresholds } from "./decisions.js";
import { type Presence, PRESENCES, presenceOf } from "./presence.js";
import type { HeadLogits, SplitLogits } from "./predictor.js";
import { normalisedEntropy, toProbabilities } from "./probabilities.js";

/** The three heads, in the order of all weights here. */
export const HEADS = ["joint", "image", "text"] as const;

type Head = (typeof HEADS)[number];

/** Weights of a mixture of heads and how strongly it follows their confidence. */
export interface MixtureModel {
  /** Weights of {@link HEADS}; non-negative, they sum to 1. */
  readonly weights: readonly number[];
  /** Strength with which a head's entropy counts against it; 0: not at all. */
  readonly beta: number;
}

/** What modality-aware prediction learned from the validation split; plain JSON. */
export interface AwareModel {
  readonly task: Task;
  readonly classes: number;
  /** Temperature of each head's logits; the joint head has one per presence. */
  readonly temperatures: Readonly<Record<Presence, Readonly<Record<Head, number>>>>;
  readonly mixtures: Readonly<Record<Presence, MixtureModel>>;
  /** Multi-label: what is decided for, by the mixture and by the joint classifier; else `null`. */
  readonly thresholds: {
    readonly aware: LabelThresholds;
    readonly joint: LabelThresholds;
  } | null;
}

/** Logits and truth of a split under one impairment. */
export interface LabelledLogits {
  readonly logits: HeadLogits;
  /** `[samples, classes]`, 0 or 1. */
  readonly targets: Float32Array;
}

/** What the model is fitted to: the validation split, whole, impaired and noisy. */
export interface AwareData {
  readonly full: LabelledLogits;
  readonly imageMissing: LabelledLogits;
  readonly textMissing: LabelledLogits;
  /** Noisy copies, so that the mixture learns to notice noise. */
  readonly noisy: readonly LabelledLogits[];
}

/** Heads that may speak: never the one whose modality is missing. */
const SPEAKERS: Readonly<Record<Presence, readonly Head[]>> = {
  both: ["joint", "image", "text"],
  "image-missing": ["joint", "text"],
  "text-missing": ["joint", "image"],
};

const BETAS = [0, 0.5, 1, 2, 4, 8];

/** Predictions of one head as a mixture component; multi-label: one event per label. */
function component(
  probabilities: Float32Array,
  targets: Float32Array,
  classes: number,
  task: Task,
): Component {
  const entropy = normalisedEntropy(probabilities, classes, task);
  const likelihoods: number[] = [];
  const entropies: number[] = [];
  for (let at = 0; at < targets.length; at++) {
    if (task === "single-label" && !targets[at]) continue;
    likelihoods.push(targets[at] ? probabilities[at]! : 1 - probabilities[at]!);
    entropies.push(entropy[Math.floor(at / classes)]!);
  }
  return {
    likelihoods: Float64Array.from(likelihoods),
    entropies: Float64Array.from(entropies),
  };
}

function joinComponents(parts: readonly Component[]): Component {
  const join = (key: keyof Component): Float64Array =>
    Float64Array.from(parts.flatMap((part) => [...part[key]]));
  return { likelihoods: join("likelihoods"), entropies: join("entropies") };
}

/** Fits temperatures and the mixture of the heads that may speak. */
function fitPresence(
  presence: Presence,
  calibration: LabelledLogits,
  sets: readonly LabelledLogits[],
  classes: number,
  task: Task,
): { temperatures: Record<Head, number>; mixture: MixtureModel } {
  const temperatures: Record<Head, number> = { joint: 1, image: 1, text: 1 };
  const speakers = SPEAKERS[presence];
  for (const head of speakers) {
    temperatures[head] = fitTemperature(
      calibration.logits[head],
      calibration.targets,
      classes,
      task,
    );
  }
  const components = speakers.map((head) =>
    joinComponents(
      sets.map(({ logits, targets }) => {
        const probabilities = toProbabilities(logits[head], classes, task, temperatures[head]);
        return component(probabilities, targets, classes, task);
      }),
    ),
  );
  const fits = BETAS.map((beta) => {
    const weights = fitMixtureWeights(components, beta);
    return { weights, beta, loss: mixtureLoss(components, weights, beta) };
  });
  const best = fits.reduce((a, b) => (b.loss < a.loss ? b : a));
  const weights = HEADS.map((head) => best.weights[speakers.indexOf(head)] ?? 0);
  return { temperatures, mixture: { weights, beta: best.beta } };
}

/**
 * Learns which head to trust when, on the validation split only.
 *
 * Each head is calibrated (temperature scaling). Then, for each presence of the modalities, the
 * heads that saw something form a mixture with weights `pi_m exp(-beta H_m)`, `H_m` the head's
 * normalised entropy: `pi` by expectation-maximisation, `beta` from a small grid, both by validation
 * likelihood. With both modalities there, the mixture is fitted to noisy copies too.
 */
export function fitAware(data: AwareData, classes: number, task: Task): AwareModel {
  const fit = {
    both: fitPresence("both", data.full, [data.full, ...data.noisy], classes, task),
    "image-missing": fitPresence(
      "image-missing",
      data.imageMissing,
      [data.imageMissing],
      classes,
      task,
    ),
    "text-missing": fitPresence(
      "text-missing",
      data.textMissing,
      [data.textMissing],
      classes,
      task,
    ),
  };
  const pick = <Key extends "temperatures" | "mixture">(key: Key) => ({
    both: fit.both[key],
    "image-missing": fit["image-missing"][key],
    "text-missing": fit["text-missing"][key],
  });
  const answers = {
    ...{ task, classes, thresholds: null },
    ...{ temperatures: pick("temperatures"), mixtures: pick("mixture") },
  };
  return task === "multi-label"
    ? { ...answers, thresholds: fitThresholds(answers, data) }
    : answers;
}

/** Thresholds from the validation split, for each presence. */
function fitThresholds(
  model: AwareModel,
  data: Pick<AwareData, "full" | "imageMissing" | "textMissing">,
): AwareModel["thresholds"] {
  const { classes, task, temperatures } = model;
  const sets = {
    both: data.full,
    "image-missing": data.imageMissing,
    "text-missing": data.textMissing,
  };
  const perPresence = (thresholds: (presence: Presence) => readonly number[]): LabelThresholds =>
    Object.fromEntries(
      PRESENCES.map((presence) => [presence, thresholds(presence)]),
    ) as LabelThresholds;
  return {
    aware: perPresence((presence) => {
      const { logits, targets } = sets[presence];
      const present = (missing: Presence): Float32Array =>
        new Float32Array(targets.length / classes).fill(Number(presence !== missing));
      const imagePresent = present("image-missing");
      const textPresent = present("text-missing");
      const probabilities = predictAware(model, { ...logits, imagePresent, textPresent });
      return labelThresholds(probabilities, targets, classes);
    }),
    joint: perPresence((presence) => {
      const { logits, targets } = sets[presence];
      return headThresholds(logits.joint, targets, classes, task, temperatures[presence].joint)!;
    }),
  };
}

/** Probabilities `[samples, classes]` by the heads that saw something. */
export function predictAware(
  { task, classes, temperatures, mixtures }: AwareModel,
  logits: SplitLogits,
): Float32Array {
  const perPresence = (presence: Presence) =>
    HEADS.map((head) => {
      const probabilities = toProbabilities(
        logits[head],
        classes,
        task,
        temperatures[presence][head],
      );
      return { probabilities, entropy: normalisedEntropy(probabilities, classes, task) };
    });
  const heads = {
    both: perPresence("both"),
    "image-missing": perPresence("image-missing"),
    "text-missing": perPresence("text-missing"),
  };
  const result = new Float32Array(logits.joint.length);
  for (let row = 0; row < logits.imagePresent.length; row++) {
    const presence = presenceOf(logits.imagePresent[row]!, logits.textPresent[row]!);
    const speaking = heads[presence];
    const { weights, beta } = mixtures[presence];
    const shares = evidenceShares(
      weights,
      beta,
      speaking.map(({ entropy }) => entropy[row]!),
    );
    for (let at = row * classes; at < (row + 1) * classes; at++) {
      result[at] = speaking.reduce((sum, head, m) => sum + shares[m]! * head.probabilities[at]!, 0);
    }
  }
  return result;
}
