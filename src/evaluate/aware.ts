/** @module Modality-aware prediction: answers from those who saw something, as far as they are to be trusted. */

import type { Answering } from "../balance/method.js";
import type { LabelKind } from "../data/dataset.js";
import { labelThresholds } from "../decide/thresholds.js";
import { takeRows, takeRowsOfEach } from "../tensors/take.js";
import { SIGNALS } from "../novelty/novelty.js";
import { fitShare, mixed } from "./scores/mixing.js";
import { fitTemperature } from "./scores/calibration.js";
import { headThresholds, type LabelThresholds } from "./decisions.js";
import {
  type Answers,
  fitGate,
  fixedGate,
  type GateModel,
  gateShares,
  type Signals,
} from "./gate.js";
import { type Presence, PRESENCES, presenceOf } from "./presence.js";
import type { Expert, HeadLogits, SplitLogits } from "./predictor.js";
import { toProbabilities } from "./scores/probabilities.js";
import type { Modality } from "../data/dataset.js";

/** The experts of each answer: a head and the companion that sees the same. */
export const ANSWERS = {
  joint: ["joint", "linear"],
  image: ["image", "linearImage"],
  text: ["text", "linearText"],
} as const satisfies Record<string, readonly Expert[]>;

/** The joint answer, the image's and the text's. */
export type Answer = keyof typeof ANSWERS;

/** Who answers: with one modality never a head that did not see it. */
export const SPEAKERS: Readonly<Record<Presence, readonly Answer[]>> = {
  both: ["joint", "image", "text"],
  "image-missing": ["text"],
  "text-missing": ["image"],
};

/** What modality-aware prediction learned from the validation split; plain JSON. */
export interface AwareModel {
  readonly labelKind: LabelKind;
  readonly classes: number;
  /** Temperature of each expert's logits where it answers, with companions where there are any. */
  readonly temperatures: Readonly<Partial<Record<Expert, number>>>;
  /** Share of the companion in each answer; the head has the rest. Equal shares where it is not said. */
  readonly companionShares: Readonly<Partial<Record<Answer, number>>>;
  /** Shares of the joint, the image's and the text's answer where both modalities are there. */
  readonly gate: GateModel;
  /** Multi-label: what is decided for, by these answers and by the joint classifier; else `null`. */
  readonly thresholds: {
    readonly aware: LabelThresholds;
    readonly joint: LabelThresholds;
  } | null;
  /**
   * Novelty above which an input is unlike the training data; `null` where the model gives none, or too few
   * validation samples tell.
   */
  readonly unusual: Readonly<Record<Modality, number>> | null;
}

/** Logits and truth of a split under one impairment. */
export interface LabelledLogits {
  /** Where presence is not given, all samples have both modalities. */
  readonly logits: HeadLogits & Partial<SplitLogits>;
  /** `[samples, classes]`, 0 or 1. */
  readonly targets: Float32Array;
}

/** What the model is fitted to: the validation split, whole, impaired, noisy and wrong. */
export interface AwareData {
  readonly full: LabelledLogits;
  readonly imageMissing: LabelledLogits;
  readonly textMissing: LabelledLogits;
  /** Noisy copies and copies with another sample's picture or text, so that the gate learns to notice. */
  readonly impaired: readonly LabelledLogits[];
}

/** Shares of {@link SPEAKERS}' answers to both modalities where no gate weighs them. */
const FIXED: Readonly<Record<Exclude<Answering, "gate">, readonly number[]>> = {
  joint: [1, 0, 0],
  heads: [0, 0.5, 0.5],
};

/** Weight of each impaired copy beside the clean samples: clean input is what must not suffer. */
const IMPAIRED = 0.2;

type Calibrated = Pick<AwareModel, "labelKind" | "classes" | "temperatures">;
type Fitted = Calibrated & Pick<AwareModel, "companionShares">;

/** The share of a companion in an answer. */
export const companionShare = ({ companionShares }: Fitted, answer: Answer): number =>
  companionShares[answer] ?? 0.5;

/** Calibrated probabilities of an answer's head and, where there is one, of its companion. */
function expertsOf(
  answer: Answer,
  logits: HeadLogits,
  { labelKind, classes, temperatures }: Calibrated,
): [Float32Array, Float32Array?] {
  const experts = ANSWERS[answer].flatMap((expert) => {
    const own = logits[expert];
    return own ? [toProbabilities(own, classes, labelKind, temperatures[expert])] : [];
  });
  return experts as [Float32Array, Float32Array?];
}

/** An answer's probabilities: those of the head and of its companion, mixed. */
function answerOf(answer: Answer, logits: HeadLogits, model: Fitted): Float32Array {
  const [head, companion] = expertsOf(answer, logits, model);
  return companion ? mixed(head, companion, companionShare(model, answer)) : head;
}

/** Signals about inputs that the model gives, always in the same order. */
const signalsOf = (logits: HeadLogits): Signals =>
  SIGNALS.flatMap((signal) => {
    const values = logits[signal];
    return values ? [values] : [];
  });

const answersOf = (logits: HeadLogits, model: Fitted): Answers =>
  SPEAKERS.both.map((answer) => answerOf(answer, logits, model));

/** What an answer looks at. */
const LOOKS: Readonly<Record<Answer, readonly Modality[]>> = {
  joint: ["image", "text"],
  image: ["image"],
  text: ["text"],
};

/** The samples that have some modalities: blanks say nothing about an answer. All, where none has them. */
function having(
  set: LabelledLogits,
  classes: number,
  modalities: readonly Modality[],
): LabelledLogits {
  const { logits, targets } = set;
  const samples = targets.length / classes;
  const has = (row: number): boolean =>
    modalities.every((side) => (logits[`${side}Present`]?.[row] ?? 1) === 1);
  const rows = [...Array(samples).keys()].filter(has);
  if (rows.length === 0 || rows.length === samples) return set;
  return {
    logits: takeRowsOfEach(logits, rows, samples),
    targets: takeRows(targets, rows, classes),
  };
}

/** Temperatures by the clean samples: a head of one modality answers the same without the other. */
function fitTemperatures(
  clean: LabelledLogits,
  classes: number,
  labelKind: LabelKind,
): AwareModel["temperatures"] {
  const answers = Object.keys(ANSWERS) as Answer[];
  return Object.fromEntries(
    answers.flatMap((answer) => {
      const { logits, targets } = having(clean, classes, LOOKS[answer]);
      return ANSWERS[answer].flatMap((expert) => {
        const own = logits[expert];
        return own ? [[expert, fitTemperature(own, targets, classes, labelKind)] as const] : [];
      });
    }),
  );
}

/** Shares of the companions by the clean samples; see {@link fitShare}. */
function fitShares(clean: LabelledLogits, model: Calibrated): AwareModel["companionShares"] {
  const answers = Object.keys(ANSWERS) as Answer[];
  return Object.fromEntries(
    answers.flatMap((answer) => {
      const { logits, targets } = having(clean, model.classes, LOOKS[answer]);
      const [head, companion] = expertsOf(answer, logits, model);
      return companion ? [[answer, fitShare(head, companion, targets, model)] as const] : [];
    }),
  );
}

/**
 * Learns whom to trust when, on the validation split only.
 *
 * Every expert is calibrated (temperature scaling); an answer mixes a head and the companion that sees the same, by
 * the share that is best on clean samples. With one modality that modality's answer stands. With both, a gate weighs the three
 * answers by how sure each is and how far image and text disagree, unless `answering` says who answers.
 */
export async function fitAware(
  data: AwareData,
  classes: number,
  labelKind: LabelKind,
  answering: Answering = "gate",
): Promise<AwareModel> {
  const temperatures = fitTemperatures(data.full, classes, labelKind);
  const calibrated = { labelKind, classes, temperatures };
  const fitted = { ...calibrated, companionShares: fitShares(data.full, calibrated) };
  const setOf = (set: LabelledLogits, weight: number) => {
    const { logits, targets } = having(set, classes, LOOKS.joint);
    return { answers: answersOf(logits, fitted), signals: signalsOf(logits), targets, weight };
  };
  const sets = [setOf(data.full, 1), ...data.impaired.map((copy) => setOf(copy, IMPAIRED))];
  const gate =
    answering === "gate" ? await fitGate(sets, classes, labelKind) : fixedGate(FIXED[answering]);
  const model = { ...fitted, gate, thresholds: null, unusual: unusualOf(data.full.logits) };
  return labelKind === "multi-label" ? { ...model, thresholds: fitThresholds(model, data) } : model;
}

/** Deviations above the mean of the validation split's novelty from which an input counts as unusual. */
const UNUSUAL = 4;
/** Validation samples that a deviation needs: with fewer, too many ordinary inputs would be unusual. */
const FEWEST = 5;

/**
 * Novelty, a logarithm, is nearly normal; a quantile of few samples would say less. Samples without the modality
 * say nothing about it.
 */
function unusualOf(logits: LabelledLogits["logits"]): AwareModel["unusual"] {
  const above = (side: Modality): number | null => {
    const present = logits[`${side}Present`];
    const values = logits[`${side}Novelty`]?.filter((_, row) => !present || present[row] === 1);
    if (!values || values.length < FEWEST) return null;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return mean + UNUSUAL * Math.sqrt(squares / values.length);
  };
  const [image, text] = [above("image"), above("text")];
  return image === null || text === null ? null : { image, text };
}

/** Thresholds from the validation split, for each presence. */
function fitThresholds(
  model: AwareModel,
  data: Pick<AwareData, "full" | "imageMissing" | "textMissing">,
): AwareModel["thresholds"] {
  const { classes, labelKind } = model;
  const sets = {
    both: having(data.full, classes, LOOKS.joint),
    "image-missing": having(data.imageMissing, classes, LOOKS.text),
    "text-missing": having(data.textMissing, classes, LOOKS.image),
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
      const temperature = fitTemperature(logits.joint, targets, classes, labelKind);
      return headThresholds(logits.joint, targets, classes, labelKind, temperature)!;
    }),
  };
}

/** Probabilities `[samples, classes]` by those who saw something. */
export function predictAware(model: AwareModel, logits: SplitLogits): Float32Array {
  const { labelKind, classes, gate } = model;
  const answers = answersOf(logits, model);
  const shares = gateShares(gate, { answers, signals: signalsOf(logits) }, classes, labelKind);
  const result = new Float32Array(logits.joint.length);
  for (let row = 0; row < logits.imagePresent.length; row++) {
    const presence = presenceOf(logits.imagePresent[row]!, logits.textPresent[row]!);
    const speakers = SPEAKERS[presence];
    for (let at = row * classes; at < (row + 1) * classes; at++) {
      result[at] = SPEAKERS.both.reduce((sum, answer, m) => {
        const share = presence === "both" ? shares[row]![m]! : Number(speakers.includes(answer));
        return sum + share * answers[m]![at]!;
      }, 0);
    }
  }
  return result;
}

/** Modalities of one sample whose input is there and unlike the training data. */
export function unusualInputs(
  { unusual }: Pick<AwareModel, "unusual">,
  logits: SplitLogits,
  row: number,
): Modality[] {
  const isUnusual = (side: Modality): boolean => {
    const novelty = logits[`${side}Novelty`];
    const isPresent = logits[`${side}Present`][row] === 1;
    return unusual !== null && novelty !== undefined && isPresent && novelty[row]! > unusual[side];
  };
  return (["image", "text"] as const).filter(isUnusual);
}
