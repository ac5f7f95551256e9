/** @module A diagnosis, as lines for a terminal. */

import { type Attribution, type Part, REGIONS } from "../diagnose/occlusion.js";
import { ALL_CASES } from "../impairments/cases.js";
import { inWords } from "../message.js";
import { testedOn } from "../report/diagnosisPage.js";
import { classGrid, costGrid, signed, signGrid } from "../report/diagnosisGrids.js";
import { type Grid, terminalGrid } from "../report/table.js";
import { printableLine } from "../text.js";
import type { DiagnoseResult } from "../usecases/diagnose.js";
import type { ExplainedSample } from "../diagnose/explain.js";
import { commandWords } from "./words.js";

const number = (value: number): string => value.toFixed(1);

const sectionOf = ({ title, head, body }: Grid): string =>
  `${title}\n${terminalGrid([...head], body)}`;

function costLines({ diagnosis }: DiagnoseResult): string[] {
  const { image, text } = diagnosis.dominance.shapley;
  return [
    sectionOf(costGrid(diagnosis)),
    `Shapley values of the joint classifier: image ${number(image)}, text ${number(text)} points`,
  ];
}

const BARS = " ▁▂▃▄▅▆▇█";

function signLines({ diagnosis }: DiagnoseResult): string[] {
  const { cosine, heads, steps } = diagnosis.signs;
  if (steps === 0) return [];
  const most = Math.max(1, ...(cosine ?? []));
  const bars = cosine?.map((count) => BARS[Math.ceil((count / most) * (BARS.length - 1))]).join("");
  return [
    sectionOf(signGrid(diagnosis)),
    ...(bars === undefined ? [] : [`Cosine of task and balance gradient, -1 to 1: |${bars}|`]),
    ...(heads
      ? [`Heads on validation: image ${number(heads.image)}, text ${number(heads.text)} percent`]
      : []),
  ];
}

/** Words that mattered, the most first; those that did not are left out. */
const SHOWN = 8;
const MATTERS = 0.005;

function wordLine(words: readonly Part[]): string[] {
  const mattering = words
    .filter(({ weight }) => Math.abs(weight) > MATTERS)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, SHOWN);
  if (mattering.length === 0) return ["  words: none matters alone"];
  const said = mattering.map(({ name, weight }) => `${printableLine(name)} ${signed(weight)}`);
  return [`  words: ${said.join(", ")}`];
}

function regionLines(regions: readonly Part[]): string[] {
  return Array.from({ length: REGIONS }, (_, row) => {
    const own = regions.slice(row * REGIONS, (row + 1) * REGIONS);
    const cells = own.map(({ weight }) => signed(weight).padStart(6)).join(" ");
    return `  ${row === 0 ? "regions:" : "        "} ${cells}`;
  });
}

const attributionLines = ({ label, words, regions }: Attribution): string[] => [
  `  what mattered for ${printableLine(label)}: how much less probable it is without`,
  ...(words ? wordLine(words) : []),
  ...(regions ? regionLines(regions) : []),
];

function sampleLines({ id, truth, text, answers, attribution }: ExplainedSample): string[] {
  const said = ALL_CASES.map((name) => {
    const { labels, first, probability, decidedBy } = answers[name];
    const answer = labels.length > 0 ? labels.join(", ") : `none (likeliest: ${first})`;
    const sure = `${(100 * probability).toFixed(0)} %`;
    return `  ${name.replace("-", " ").padEnd(14)} ${printableLine(answer)}, ${sure}, by ${decidedBy}`;
  });
  return [
    `${printableLine(id)}: ${truth.map(printableLine).join(", ") || "no label"}`,
    ...(text === null ? [] : [`  "${printableLine(text)}"`]),
    ...said,
    ...(attribution ? attributionLines(attribution) : []),
  ];
}

const paragraphs = (parts: readonly (readonly string[])[]): string[] =>
  parts
    .filter((lines) => lines.length > 0)
    .flatMap((lines, at) => (at === 0 ? lines : ["", ...lines]));

/** A diagnosis for people, line by line. */
export function diagnosisLines(result: DiagnoseResult): string[] {
  const { folder, method, data, split, tested, diagnosis, samples } = result;
  const { findings, remedies } = diagnosis;
  return paragraphs([
    [`${folder}: ${method ?? "a model"} on ${printableLine(data)}, ${testedOn(tested, split)}`],
    findings.map((finding) => `- ${printableLine(finding)}`),
    costLines(result),
    signLines(result),
    [sectionOf(classGrid(diagnosis))],
    ...(samples.length > 0 ? [["Samples, the worst first"], ...samples.map(sampleLines)] : []),
    remedies.length > 0
      ? ["What to try", ...remedies.map((remedy) => `- ${inWords(remedy, commandWords)}`)]
      : [],
  ]);
}
