/** @module The words and picture regions that mattered for an answer: each is taken away in turn. */

import type { Answer } from "../predict/answer.js";
import type { Classifier } from "../predict/predict.js";
import type { PreparedQuestion } from "../predict/questions.js";
import type { Question } from "../inputs/question.js";

/** A part of a question. */
export interface Part {
  /** The word, or the region as `row,column` from the upper left, both from 1. */
  readonly name: string;
  /** How much less probable the answer is without it, `-1..1`; negative where it spoke against the answer. */
  readonly weight: number;
}

/** What mattered for the answer to one question; a modality is `null` where it has no parts. */
export interface Attribution {
  /** The answer that is explained: the likeliest label. */
  readonly label: string;
  readonly probability: number;
  readonly words: readonly Part[] | null;
  readonly regions: readonly Part[] | null;
}

/** Regions along each side of a picture. */
export const REGIONS = 4;
/** Words beyond these are not taken away: texts that long are rare, and every word is a question to the model. */
const MOST_WORDS = 60;

const CHANNELS = 3;

/** A picture's planes with one region of the mean colour. */
function withoutRegion(
  planes: Float32Array | Uint8Array,
  [height, width]: readonly [number, number],
  row: number,
  column: number,
): Float32Array | Uint8Array {
  const copy = planes.slice();
  const edge = (at: number, length: number): number => Math.round((at * length) / REGIONS);
  const [top, bottom] = [edge(row, height), edge(row + 1, height)];
  const [left, right] = [edge(column, width), edge(column + 1, width)];
  for (let channel = 0; channel < CHANNELS; channel++) {
    const start = channel * height * width;
    const plane = planes.subarray(start, start + height * width);
    let sum = 0;
    for (const value of plane) sum += value;
    const mean = sum / plane.length;
    for (let y = top; y < bottom; y++)
      copy.fill(mean, start + y * width + left, start + y * width + right);
  }
  return copy;
}

/** The question with each region of its picture taken away; `null` where it has no picture that can be cut. */
function cutRegions(asked: PreparedQuestion): { name: string; asked: PreparedQuestion }[] | null {
  const { image } = asked;
  const [channels, height, width] = image.prepared.shape;
  if (!image.present || channels !== CHANNELS || height === undefined || width === undefined) {
    return null;
  }
  const planes = image.prepared.row(0);
  return Array.from({ length: REGIONS * REGIONS }, (_, at) => {
    const [row, column] = [Math.floor(at / REGIONS), at % REGIONS];
    const cut = withoutRegion(planes, [height, width], row, column);
    const prepared = { ...image.prepared, row: () => cut } as typeof image.prepared;
    return {
      name: `${row + 1},${column + 1}`,
      asked: { ...asked, image: { ...image, prepared } },
    };
  });
}

/** The question with each word of its text left out; `null` where it has none. */
function cutWords({ text }: Question): { name: string; text: string }[] | null {
  const words = (text ?? "").split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return null;
  return words
    .slice(0, MOST_WORDS)
    .map((name, at) => ({ name, text: words.filter((_, place) => place !== at).join(" ") }));
}

const probabilityOf = ({ predictions }: Answer, label: string): number =>
  predictions.find((one) => one.label === label)!.probability;

/**
 * Takes each word and each region of a 4 x 4 grid away in turn, and measures by how much the answer's probability falls.
 *
 * Source of occlusion: Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014, section 4.2.
 *
 * @param asked - The question, as the classifier prepared it.
 */
export async function attribute(
  classifier: Classifier,
  question: Question,
  asked: PreparedQuestion,
): Promise<Attribution> {
  const regions = cutRegions(asked);
  const words = cutWords(question);
  const withoutWords = await Promise.all(
    (words ?? []).map(({ text }) => classifier.prepare({ ...question, text })),
  );
  const cuts = [...(regions ?? []).map((region) => region.asked), ...withoutWords];
  const [whole, ...answers] = await classifier.answerPrepared([asked, ...cuts]);
  const { label, probability } = whole!.predictions[0]!;
  const partsOf = (cut: readonly { readonly name: string }[], from: number): Part[] =>
    cut.map(({ name }, at) => ({
      name,
      weight: probability - probabilityOf(answers[from + at]!, label),
    }));
  return {
    ...{ label, probability },
    words: words && partsOf(words, regions?.length ?? 0),
    regions: regions && partsOf(regions, 0),
  };
}
