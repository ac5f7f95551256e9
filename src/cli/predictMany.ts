/** @module `balgrad predict` of a table or a folder. */

import type { Command } from "commander";

import type { AnswerMode } from "../predict/answer.js";
import { count } from "../text.js";
import { type AnswerSink, predictMany, type PredictManyResult } from "../usecases/predictMany.js";
import { withInterrupt } from "./interrupt.js";
import { printIssues } from "./issues.js";
import { complain, print, printJson, printPiece } from "./print.js";
import { givenSettings } from "./settings.js";
import { watched } from "./watch.js";

/** Options of the command, beside the flags of the data. */
export interface PredictOptions {
  readonly image?: string;
  readonly text?: string;
  readonly out?: string;
  readonly top?: number;
  readonly probabilities?: boolean;
  readonly mode: AnswerMode;
  readonly json?: boolean;
}

const SIDES = ["image", "text"] as const;

/** What became of the samples, for people. */
function summaryLines(result: PredictManyResult): string[] {
  const { name, samples, answered, skipped, unusable, continued, seconds } = result;
  const { decidedBy, missing, unusual, examples } = result;
  const speed = (answered - continued) / seconds;
  const rate = answered > continued ? `, ${speed.toFixed(speed < 10 ? 1 : 0)} per second` : "";
  const before = continued > 0 ? ` (${continued.toLocaleString("en")} from before the stop)` : "";
  const parts = (counts: readonly (readonly [number, string])[]): string =>
    counts
      .flatMap(([number, what]) => (number > 0 ? `${number.toLocaleString("en")} ${what}` : []))
      .join(", ");
  const deciders = parts([
    [decidedBy.both, "by image and text"],
    [decidedBy.image, "by the image"],
    [decidedBy.text, "by the text"],
    [decidedBy.none, "without either: what the model says of nothing"],
  ]);
  const lacking = parts([
    ...SIDES.map((side) => [missing[side], `without ${side}`] as const),
    [unusable, "of them with a picture that cannot be used"],
  ]);
  const odd = parts(SIDES.map((side) => [unusual[side], `with an unusual ${side}`]));
  return [
    `${name}: ${answered.toLocaleString("en")} answers to ${count(samples, "sample")}${before} in ${seconds.toFixed(1)} s${rate}`,
    ...(deciders === "" ? [] : [`Decided:  ${deciders}`]),
    ...(lacking === "" ? [] : [`Missing:  ${lacking}`]),
    ...(odd === "" ? [] : [`Unusual:  ${odd}`]),
    ...(skipped === 0 ? [] : [`Skipped:  ${count(skipped, "sample")}`]),
    ...examples.map((example) => `          ${example}`),
  ];
}

/** Where the answers go: a file, else standard output. */
const sinkOf = ({ out, json }: PredictOptions): AnswerSink =>
  out === undefined
    ? { format: json === true ? "jsonl" : "csv", write: printPiece }
    : { file: out };

/**
 * Answers for all samples of some data, and tells what became of them: on standard output where the answers go into a
 * file, else on standard error.
 */
export async function runMany(
  folder: string,
  data: string,
  options: PredictOptions,
  command: Command,
): Promise<void> {
  const { out, top, probabilities, mode, json = false } = options;
  const given = await givenSettings(command, data);
  const isFile = out !== undefined;
  const result = await withInterrupt((signal) =>
    watched({ describe: isFile && !json }, (events) =>
      predictMany({
        ...{ ...given, folder, to: sinkOf(options), input: process.stdin },
        ...{ mode, top, probabilities, events, signal },
      }),
    ),
  );
  printIssues(result.issues);
  if (isFile && json) {
    printJson({ ...result, out });
    return;
  }
  const say = isFile ? print : complain;
  summaryLines(result).forEach(say);
  if (isFile) print(`Output:   ${out}`);
}
