/** @module A diagnosis, as lines for a terminal. */

import { type Attribution, type Part, REGIONS } from "../diagnose/occlusion.js";
import { ALL_CASES } from "../impairments/cases.js";
import { inWords } from "../message.js";
import { terminalGrid } from "../report/table.js";
import { printableLine } from "../text.js";
import type { DiagnoseResult, ExplainedSample } from "../usecases/diagnose.js";
import { commandWords } from "./words.js";

const number = (value: number, digits = 1): string => value.toFixed(digits);

function costLines({ diagnosis: { costs, dominance } }: DiagnoseResult): string[] {
  const head = ["percent", "joint", "predict", "lost", "without the input"];
  const rows = costs.map(({ name, joint, aware, drop, ignoring }) => [
    ...[name.replace("-", " "), number(joint), number(aware), number(drop)],
    name.endsWith("missing") ? "" : number(ignoring),
  ]);
  const { image, text } = dominance.shapley;
  return [
    "What each impairment costs: the joint classifier, predict, and predict without the impaired input",
    terminalGrid(head, rows),
    `Shapley values of the joint classifier: image ${number(image)}, text ${number(text)} points`,
  ];
}

const BARS = " ▁▂▃▄▅▆▇█";

function signLines({ diagnosis: { signs } }: DiagnoseResult): string[] {
  const { developments, cosine, heads, steps } = signs;
  if (steps === 0) return [];
  const rows = developments.map(({ metric, meaning, first, last }) => [
    ...[meaning === "" ? metric : `${metric}: ${meaning}`, number(first, 3), number(last, 3)],
  ]);
  const most = Math.max(1, ...(cosine ?? []));
  const bars = cosine?.map((count) => BARS[Math.ceil((count / most) * (BARS.length - 1))]).join("");
  return [
    `While it trained, ${steps} steps`,
    terminalGrid(["mean over a tenth of the steps", "first", "last"], rows),
    ...(bars === undefined ? [] : [`Cosine of task and balance gradient, -1 to 1: |${bars}|`]),
    ...(heads
      ? [`Heads on validation: image ${number(heads.image)}, text ${number(heads.text)} percent`]
      : []),
  ];
}

function classLines({ diagnosis: { classes } }: DiagnoseResult): string[] {
  const rows = classes.map(({ label, samples, full, imageMissing, textMissing, needs }) => [
    ...[printableLine(label), String(samples), number(full)],
    ...[number(imageMissing), number(textMissing), needs ?? ""],
  ]);
  const head = ["percent found", "samples", "full", "image missing", "text missing", "needs"];
  return ["Classes", terminalGrid(head, rows)];
}

const signed = (weight: number): string =>
  `${weight < 0 ? "-" : "+"}${Math.abs(weight).toFixed(2)}`;

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
    [`${folder}: ${method} on ${printableLine(data)}, ${tested} samples of the ${split} split`],
    findings.map((finding) => `- ${printableLine(finding)}`),
    costLines(result),
    signLines(result),
    classLines(result),
    ...(samples.length > 0 ? [["Samples, the worst first"], ...samples.map(sampleLines)] : []),
    remedies.length > 0
      ? ["What to try", ...remedies.map((remedy) => `- ${inWords(remedy, commandWords)}`)]
      : [],
  ]);
}
