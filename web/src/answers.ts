/** @module Answers and scores of a model as bars. */

import type { Answer, EpochRecord, Probabilities } from "balgrad/browser";

import { el, percent } from "./dom.js";

/** Classes that are shown of an answer. */
const SHOWN = 3;

function best(probabilities: Probabilities): readonly (readonly [label: number, p: number])[] {
  return probabilities.map((p, label) => [label, p] as const).sort((a, b) => b[1] - a[1]);
}

/** A list of names with bars; a share that is not known yet is `null`. */
const bars = (
  rows: readonly (readonly [name: string, share: number | null, look?: string])[],
): HTMLUListElement =>
  el(
    "ul",
    { class: "bars" },
    ...rows.map(([name, share, look = ""]) =>
      el(
        "li",
        {},
        el(
          "div",
          { class: "row" },
          el("span", {}, name),
          el("span", {}, share === null ? "–" : percent(share)),
        ),
        el("meter", { class: look, value: share ?? 0, "aria-label": name }),
      ),
    ),
  );

const first = (classes: readonly string[], probabilities: Probabilities): string => {
  const [label, p] = best(probabilities)[0]!;
  return `${classes[label]!}, ${percent(p)}`;
};

/**
 * Shows an answer.
 *
 * @param shown - Which of its probabilities the bars are of.
 * @param right - The class that is right, which is marked.
 */
export function answerView(
  { presence, ...said }: Answer,
  classes: readonly string[],
  shown: "joint" | "probabilities",
  right: number | null = null,
): HTMLElement[] {
  const top = best(said[shown]).slice(0, SHOWN);
  const heads = [
    ...(presence === "image-missing" ? [] : [`picture head: ${first(classes, said.image)}`]),
    ...(presence === "text-missing" ? [] : [`text head: ${first(classes, said.text)}`]),
  ];
  return [
    bars(top.map(([label, p]) => [`${classes[label]!}${label === right ? " ✓" : ""}`, p])),
    el("p", { class: "small soft" }, heads.join(" · ")),
  ];
}

/** Scores of the validation samples, whole and with a modality missing; `null`: not known yet. */
export function scoresView(
  title: string,
  validation: EpochRecord["validation"] | null,
): HTMLElement[] {
  const share = (name: string): number | null => (validation ? validation[name]! / 100 : null);
  return [
    el("h3", {}, title),
    bars([
      ["picture and text", share("full")],
      ["picture missing", share("imageMissing"), "text"],
      ["text missing", share("textMissing"), "picture"],
    ]),
  ];
}
