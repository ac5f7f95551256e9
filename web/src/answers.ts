/** @module A model's answer as bars, and what its heads say. */

import type { Answer, Probabilities } from "balgrad/browser";

import { el, percent } from "./dom.js";

/** Classes that are shown of an answer. */
const SHOWN = 3;

function best(probabilities: Probabilities): readonly (readonly [label: number, p: number])[] {
  return probabilities.map((p, label) => [label, p] as const).sort((a, b) => b[1] - a[1]);
}

/** A list of names with bars; a share that is not known yet is `null`. */
export const bars = (
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
