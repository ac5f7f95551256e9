/** @module A gallery of samples with their answers under each impairment, filtered without a script. */

import type { ExplainedSample } from "../diagnose/explain.js";
import { type Part, REGIONS } from "../diagnose/occlusion.js";
import { isRight } from "../diagnose/samples.js";
import { ALL_CASES, type AnyCase } from "../impairments/cases.js";
import { signed } from "./diagnosisGrids.js";
import { escapeHtml } from "./page.js";

/** Characters of a text that are shown. */
const TEXT_LENGTH = 400;

/** A weight as a shade: what speaks for the answer in the mark's colour, what speaks against it in grey. */
const shade = (weight: number, most: number): string =>
  `--for:${Math.max(0, weight / most).toFixed(3)};--against:${Math.max(0, -weight / most).toFixed(3)}`;

const mostOf = (parts: readonly Part[]): number =>
  Math.max(0.05, ...parts.map(({ weight }) => Math.abs(weight)));

const told = ({ name, weight }: Part): string => escapeHtml(`${name}: ${signed(weight)}`);

function wordsOf(parts: readonly Part[]): string {
  const most = mostOf(parts);
  const marked = parts.map(
    (part) =>
      `<span class="part" style="${shade(part.weight, most)}" title="${told(part)}">${escapeHtml(part.name)}</span>`,
  );
  return `<p>${marked.join(" ")}</p>`;
}

function pictureOf({ picture, attribution, truth }: ExplainedSample): string {
  if (picture === null) return "<p>no picture</p>";
  const regions = attribution?.regions ?? [];
  const most = mostOf(regions);
  const cells = regions.map(
    (part) =>
      `<span class="part" style="${shade(part.weight, most)}" title="region ${told(part)}"></span>`,
  );
  const grid =
    cells.length > 0
      ? `<span class="regions" style="--regions:${REGIONS}" aria-hidden="true">${cells.join("")}</span>`
      : "";
  return `<span class="seen"><img src="${picture}" alt="${escapeHtml(truth.join(", "))}">${grid}</span>`;
}

function textOf({ text, attribution }: ExplainedSample): string {
  if (attribution?.words) return wordsOf(attribution.words);
  const whole = text ?? "no text";
  const shown = whole.length > TEXT_LENGTH ? `${whole.slice(0, TEXT_LENGTH)} …` : whole;
  return `<p>${escapeHtml(shown)}</p>`;
}

function answersTable({ answers, truth }: ExplainedSample): string {
  const rows = ALL_CASES.map((name) => {
    const { labels, probability, decidedBy } = answers[name];
    const said = labels.length > 0 ? labels.join(", ") : "none";
    const right = isRight({ answers, truth }, name) ? "right" : "wrong";
    return `<tr class="${right}"><th scope="row">${name.replace("-", " ")}</th><td>${escapeHtml(said)}</td><td>${(100 * probability).toFixed(0)} %</td><td>${decidedBy}</td><td>${right}</td></tr>`;
  });
  const heads = ["input", "answer", "likeliest", "decided by", "outcome"]
    .map((head) => `<th scope="col">${head}</th>`)
    .join("");
  return `<table><thead><tr>${heads}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** Cases by whose errors samples can be chosen. */
const CHOSEN: readonly AnyCase[] = ["full", "image-missing", "text-missing"];

function card(sample: ExplainedSample, places: ReadonlyMap<string, number>): string {
  const { id, truth } = sample;
  const wrong = CHOSEN.filter((name) => !isRight(sample, name)).map((name) => `wrong-${name}`);
  const names = [...wrong, ...truth.map((label) => `class-${places.get(label)!}`)];
  return `<article class="sample ${names.join(" ")}"><h3>${escapeHtml(truth.join(", ") || "no label")} <small>${escapeHtml(id)}</small></h3>${pictureOf(sample)}${textOf(sample)}${answersTable(sample)}</article>`;
}

const OUTCOMES = [
  ["all", "all", ""],
  ["right", "answered rightly", ".wrong-full"],
  ...CHOSEN.map((name) => {
    const caption = `wrong${name === "full" ? "" : `, ${name.replace("-", " ")}`}`;
    return [name, caption, `:not(.wrong-${name})`] as const;
  }),
] as const;

/** Hides what a choice leaves out: the choices are rules of the style sheet, so that no script is needed. */
const hiding = (choice: string, hidden: string): string =>
  `.gallery:has(${choice}:checked) .sample${hidden}{display:none}`;

function filter(labels: readonly (readonly [label: string, place: number])[]): string {
  const outcomes = OUTCOMES.map(
    ([name, caption]) =>
      `<label><input type="radio" name="outcome" id="outcome-${name}"${name === "all" ? " checked" : ""}> ${caption}</label>`,
  );
  const options = labels.map(
    ([label, place]) => `<option value="${place}">${escapeHtml(label)}</option>`,
  );
  const rules = [
    ...OUTCOMES.flatMap(([name, , hidden]) =>
      hidden === "" ? [] : [hiding(`#outcome-${name}`, hidden)],
    ),
    ...labels.map(([, place]) => hiding(`option[value="${place}"]`, `:not(.class-${place})`)),
  ];
  return `<style>${rules.join("\n")}</style><fieldset class="filter"><legend>Show</legend>${outcomes.join(" ")}
<label>class <select><option value="all">all</option>${options.join("")}</select></label></fieldset>`;
}

/**
 * A section with samples, to be filtered by class and by error; nothing where there are none.
 *
 * @param notes - What the section says about them, a sentence each.
 */
export function gallerySection(
  samples: readonly ExplainedSample[],
  title: string,
  notes: readonly string[],
): string {
  if (samples.length === 0) return "";
  const labels = [...new Set(samples.flatMap(({ truth }) => truth))].sort();
  const places = labels.map((label, place) => [label, place] as const);
  const cards = samples.map((sample) => card(sample, new Map(places)));
  return `<section class="gallery" id="samples"><h2>${escapeHtml(title)}</h2><p class="notes">${escapeHtml(notes.join(" "))}</p>${filter(places)}<div class="samples">${cards.join("\n")}</div></section>`;
}
