/** @module What is wrong with a run, in figures and in plain words, and what to try. */

import type { Modality } from "../data/dataset.js";
import type { ProtocolResult } from "../evaluate/result.js";
import { say, setting, type Text, useCase } from "../message.js";
import type { RunRecord } from "../run/records.js";
import type { ClassNeed } from "./classes.js";
import { type Cost, costsOf } from "./costs.js";
import { type Dominance, dominanceOf, isWasteful } from "./dominance.js";
import { type Signs, signsOf } from "./signs.js";

/** A diagnosis, without its single samples. */
export interface Diagnosis {
  readonly dominance: Dominance;
  readonly costs: readonly Cost[];
  readonly signs: Signs;
  readonly classes: readonly ClassNeed[];
  /** What the figures say, a sentence each, the most important first. */
  readonly findings: readonly string[];
  /** What to try, the most promising first. */
  readonly remedies: readonly Text[];
}

const other = (side: Modality): Modality => (side === "image" ? "text" : "image");

const points = (value: number): string => value.toFixed(1);

/** Percentage points from which a cost is worth a word. */
const WORTH = 2;

function dominanceFinding({ dominant, kind, absences, full }: Dominance): string {
  if (dominant === null) {
    const [image, text] = [points(absences.image.drop), points(absences.text.drop)];
    return `No modality dominates: of ${points(full)}, the joint classifier loses ${image} points without the image and ${text} without the text.`;
  }
  const { drop, joint, alone, unused } = absences[dominant];
  const left = other(dominant);
  const lost = `The joint classifier leans on the ${dominant}: without it, it falls from ${points(full)} to ${points(joint)} (${points(drop)} points)`;
  return kind === "bias"
    ? `${lost}, where the ${left} alone could give ${points(alone)}. ${points(unused)} points of the ${left} stay unused: this is dominant modality bias.`
    : `${lost}. The ${left} alone gives no more (${points(alone)}): the ${dominant} simply tells more in these data.`;
}

/** What stays unused where the modality is missing that does not dominate. */
function unusedFindings({ absences, dominant, kind }: Dominance): string[] {
  return Object.values(absences)
    .filter((absence) => isWasteful(absence) && !(kind === "bias" && absence.missing === dominant))
    .map(({ missing, joint, alone, unused }) => {
      const left = other(missing);
      return `Without the ${missing} the joint classifier has ${points(joint)}, where the ${left} alone could give ${points(alone)}: ${points(unused)} points of the ${left} stay unused.`;
    });
}

const CAPTIONS: Readonly<Record<string, string>> = {
  missing: "is missing",
  noisy: "is noisy",
  wrong: "is that of another sample",
};

/** What the answers of `predict` lose, the most first. */
function costFindings(costs: readonly Cost[]): string[] {
  return [...costs]
    .filter(({ drop }) => drop > WORTH)
    .sort((a, b) => b.drop - a.drop)
    .map(({ name, impaired, aware, drop, harm, ignoring }) => {
      const what = CAPTIONS[name.slice(impaired.length + 1)] ?? name;
      const harmful =
        harm > WORTH
          ? ` Without it, the answer would have ${points(ignoring)}: the ${impaired} does harm there.`
          : "";
      return `Where the ${impaired} ${what}, predict loses ${points(drop)} points (${points(aware)}).${harmful}`;
    });
}

function classFinding(classes: readonly ClassNeed[]): string[] {
  return (["image", "text"] as const).flatMap((side) => {
    const own = classes.filter(({ needs }) => needs === side).map(({ label }) => label);
    return own.length > 0 ? [`Classes that need the ${side}: ${own.join(", ")}.`] : [];
  });
}

function conflictFinding({ conflict }: Signs): string[] {
  if (conflict === null) return [];
  const share = (100 * conflict).toFixed(0);
  return [
    `The gradients of the task and of the balance term conflicted in ${share} % of the steps.`,
  ];
}

/** What a remedy depends on. */
interface Circumstances {
  /** `null` for a saved model, whose training data and settings are not known. */
  readonly method: string | null;
  /** The data, as they are named in the settings. */
  readonly source: string;
  /** Modalities whose encoder is not pretrained, and which are not features. */
  readonly scratch: readonly Modality[];
}

function remediesFor(
  dominance: Dominance,
  costs: readonly Cost[],
  { method, source, scratch }: Circumstances,
): Text[] {
  const remedies: Text[] = [];
  const { dominant, kind, absences } = dominance;
  const isUnused = Object.values(absences).some(isWasteful);
  if (isUnused && method !== null && method !== "robust") {
    const rivals = [...new Set([method, "balgrad", "robust"])].join(",");
    remedies.push(
      say`Train with a method that makes use of both: ${useCase("train", source, setting("method", "robust"))}; or see which helps most: ${useCase("compare", source, setting("methods", rivals))}.`,
    );
  }
  if (isUnused) {
    remedies.push(
      "Ask by predict or the exported model, whose answers know what is missing; the joint classifier's do not.",
    );
  }
  const weak = dominant === null ? null : other(dominant);
  if (weak !== null && kind === "data" && scratch.includes(weak)) {
    const encoder = weak === "image" ? "model.image.encoder" : "model.text.encoder";
    remedies.push(
      say`The ${weak} alone gives ${points(absences[other(weak)].alone)}: a pretrained encoder tells more: ${setting(encoder, "<folder or name>")}.`,
    );
  }
  const harmful = costs.filter(({ harm }) => harm > WORTH).map(({ impaired }) => impaired);
  if (harmful.length > 0) {
    const sides = [...new Set(harmful)].map((side) => `${side}s`).join(" and ");
    remedies.push(
      `Leave ${sides} out that you do not trust: a missing input costs less than a bad one. Answers whose \`unusual\` names an input are candidates.`,
    );
  }
  return remedies;
}

/**
 * Diagnoses a run.
 *
 * @param result - Of the split that is diagnosed.
 */
export function diagnosisOf(
  record: RunRecord,
  result: ProtocolResult,
  classes: readonly ClassNeed[],
  circumstances: Circumstances,
): Diagnosis {
  const dominance = dominanceOf(result);
  const costs = costsOf(result);
  const signs = signsOf(record);
  return {
    ...{ dominance, costs, signs, classes },
    findings: [
      dominanceFinding(dominance),
      ...unusedFindings(dominance),
      ...costFindings(costs),
      ...classFinding(classes),
      ...conflictFinding(signs),
    ],
    remedies: remediesFor(dominance, costs, circumstances),
  };
}

/** The figures of a diagnosis by name, for conditions; all in percent or percentage points. */
export function figuresOf({
  dominance,
  costs,
  signs,
}: Pick<Diagnosis, "dominance" | "costs" | "signs">): Record<string, number> {
  const { absences, gap, full } = dominance;
  return {
    full,
    dominance: gap,
    "image-unused": absences.text.unused,
    "text-unused": absences.image.unused,
    ...Object.fromEntries(
      costs.flatMap(({ name, aware, drop, harm }) => [
        [name, aware],
        [`${name}-drop`, drop],
        [`${name}-harm`, harm],
      ]),
    ),
    ...(signs.conflict !== null && { conflict: 100 * signs.conflict }),
  };
}
