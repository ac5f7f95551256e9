/** @module Example pictures of a data set. */

import { type Dataset, SPLITS, type Split } from "../data/dataset.js";
import { pictureAddress } from "../prepare/images/address.js";
import type { PrepareResult } from "../prepare/prepare.js";
import type { Duplicate, Place } from "./duplicates.js";

/** An example of a class. */
export interface DataExample {
  readonly label: string;
  readonly id: string;
  readonly text: string | null;
  /** The picture as a `data:` address; `null` where there is none. */
  readonly picture: string | null;
}

/** Two samples that say the same, as the page shows them. */
export interface DuplicatePair {
  readonly duplicate: Duplicate;
  readonly first: PairSide;
  readonly second: PairSide;
}

/** One of the two. */
export interface PairSide extends Pick<DataExample, "id" | "text" | "picture"> {
  readonly split: Split;
  /** The picture's own file. */
  readonly file: string | undefined;
}

const PER_CLASS = 2;
const CLASSES = 24;
const TEXT_CHARACTERS = 120;

/** Some samples of each class as the model sees them. */
export async function dataExamples(
  { classes }: Dataset,
  { prepared, facts }: PrepareResult,
): Promise<DataExample[]> {
  const shown = new Map<number, number>();
  const examples: Promise<DataExample>[] = [];
  for (const split of SPLITS) {
    const { images } = prepared[split];
    facts[split].forEach(({ sample, picture }, at) => {
      const [label] = sample.labels;
      if (label === undefined || label >= CLASSES) return;
      const before = shown.get(label) ?? 0;
      if (before >= PER_CLASS) return;
      shown.set(label, before + 1);
      const address =
        picture.kind === "decoded"
          ? pictureAddress(images.row(at) as Uint8Array, images.shape)
          : Promise.resolve(null);
      const text = sample.text === null ? null : sample.text.slice(0, TEXT_CHARACTERS);
      const { id } = sample;
      examples.push(
        address.then((found) => ({ label: classes[label]!, id, text, picture: found })),
      );
    });
  }
  const found = await Promise.all(examples);
  return found.sort((a, b) => classes.indexOf(a.label) - classes.indexOf(b.label));
}

const PAIRS = 60;

/** The most telling duplicates with small pictures of both samples. */
export async function duplicatePairs(
  duplicates: readonly Duplicate[],
  { prepared, facts }: PrepareResult,
): Promise<DuplicatePair[]> {
  const rows = new Map(
    SPLITS.flatMap((split) =>
      facts[split].map(
        (fact, row) => [`${split} ${fact.sample.id}`, { split, row, fact }] as const,
      ),
    ),
  );
  const side = async ({ id, split, file }: Place): Promise<DuplicatePair["first"]> => {
    const { fact, row } = rows.get(`${split} ${id}`)!;
    const { images } = prepared[split];
    return {
      ...{ id, split, file },
      text: fact.sample.text?.slice(0, TEXT_CHARACTERS) ?? null,
      picture:
        fact.picture.kind === "decoded"
          ? await pictureAddress(images.row(row) as Uint8Array, images.shape)
          : null,
    };
  };
  const pairs = duplicates.slice(0, PAIRS).map(async (duplicate) => ({
    duplicate,
    first: await side(duplicate),
    second: await side(duplicate.of),
  }));
  return Promise.all(pairs);
}
