/** @module What is written of an answer: its fields, the same in every format. */

import type { ModelCard } from "../card.js";
import type { SampleAnswer } from "./samples.js";

/** What is written beside the answer itself. */
export interface Wanted {
  /** So many of the likeliest classes; default: none. */
  readonly top?: number | undefined;
  /** Whether the probability of every class is written; default: no. */
  readonly probabilities?: boolean | undefined;
}

/** A value of a field. */
export type FieldValue = string | number | readonly string[];

/** A column of the answers. */
export interface AnswerField {
  readonly name: string;
  /** A list holds labels, which may have spaces; words are a list of names or sentences. */
  readonly kind: "text" | "number" | "list" | "words";
  readonly of: (answer: SampleAnswer) => FieldValue;
}

const DIGITS = 6;

/** A probability with as many digits as mean something: the last ones differ between machines. */
export const rounded = (value: number): number => Number(value.toPrecision(DIGITS));

/** The classes that are decided for. */
export const decidedLabels = ({ predictions }: SampleAnswer): string[] =>
  predictions.flatMap(({ label, decided }) => (decided ? [label] : []));

/** Columns of the answers of a model, in order. */
export function answerFields(
  { classes, labelKind }: Pick<ModelCard, "classes" | "labelKind">,
  { top = 0, probabilities = false }: Wanted,
): readonly AnswerField[] {
  const label: AnswerField =
    labelKind === "multi-label"
      ? { name: "labels", kind: "list", of: decidedLabels }
      : { name: "label", kind: "text", of: (answer) => decidedLabels(answer)[0]! };
  const likeliest = Array.from(
    { length: Math.min(top, classes.length) },
    (_, at): AnswerField[] => [
      { name: `label${at + 1}`, kind: "text", of: ({ predictions }) => predictions[at]!.label },
      {
        ...{ name: `probability${at + 1}`, kind: "number" },
        of: ({ predictions }) => rounded(predictions[at]!.probability),
      },
    ],
  );
  const each = (probabilities ? classes : []).map((name): AnswerField => ({
    ...{ name: `p:${name}`, kind: "number" },
    of: ({ predictions }) => rounded(predictions.find((one) => one.label === name)!.probability),
  }));
  return [
    { name: "id", kind: "text", of: ({ id }) => id },
    label,
    { name: "sure", kind: "number", of: ({ sure }) => rounded(sure) },
    { name: "decidedBy", kind: "text", of: ({ decidedBy }) => decidedBy },
    { name: "unusual", kind: "words", of: ({ unusual }) => unusual },
    { name: "missing", kind: "words", of: ({ missing }) => missing },
    { name: "warnings", kind: "words", of: ({ warnings }) => warnings },
    ...likeliest.flat(),
    ...each,
  ];
}
