/** @module The samples that companions are fitted to and judged by. */

import type { Modality } from "../data/dataset.js";
import type { LabelSpace, ModelConfig } from "../model/config.js";
import { degradedRows } from "../impairments/degraded.js";
import { at } from "../impairments/impairment.js";
import { droppedTokens } from "../impairments/noisy.js";
import type { PreparedSplit } from "../prepare/prepared.js";
import { randomStream } from "../random.js";
import type { Runtime } from "../runtime/session.js";
import { eachRepresentation } from "../train/representations.js";
import { type Companion, COMPANIONS, describedInputs, type View } from "./companions.js";
import type { RegressionData } from "./regression.js";

/** Noise on training texts: with how much, and which. */
export interface TextNoiseOptions {
  /** Probability that a token is dropped, `0..1`. */
  readonly drop: number;
  readonly seed: number;
}

/** A split with noisy texts: features that an encoder made of them, or its own with tokens or values dropped. */
function withNoise(split: PreparedSplit, { drop, seed }: TextNoiseOptions): PreparedSplit {
  const { texts } = split;
  const degreeOf = (row: number) => ({ strength: drop, seed, row });
  if (texts.kind === "tokens") {
    const tokens = texts.tokens.map((ids, row) => {
      const noisy = ids.slice();
      return noisy.subarray(0, droppedTokens.tokens(noisy, degreeOf(row), texts.special));
    });
    return { ...split, texts: { ...texts, tokens } };
  }
  const { row, degraded } = texts;
  const dropped = (place: number): Float32Array => {
    const values = row(place).slice();
    droppedTokens.values(values, degreeOf(place));
    return values;
  };
  return {
    ...split,
    texts: { ...texts, row: degraded ? degradedRows(degraded, at(droppedTokens, drop)) : dropped },
  };
}

/** A sample as a companion sees it: as it is, or with a noisy text. */
interface Seen {
  readonly row: number;
  readonly isNoisy: boolean;
}

/**
 * Samples that a companion sees: those that have its modality. The one on both sees those with a text once more
 * with noise: it can learn to rely on the image, which the text alone cannot.
 */
function seenBy(
  { size, imagePresent, textPresent }: PreparedSplit,
  name: Companion,
  noise: TextNoiseOptions | undefined,
): Seen[] {
  const all = [...Array(size).keys()];
  const present = name === "linearImage" ? imagePresent : textPresent;
  const rows = name === "linear" ? all : all.filter((row) => present[row]);
  const noisy = noise && name === "linear" ? all.filter((row) => textPresent[row]) : [];
  return [
    ...rows.map((row) => ({ row, isNoisy: false })),
    ...noisy.map((row) => ({ row, isNoisy: true })),
  ];
}

/** Which dimensions of each modality regressions look at, in order. */
export type Columns = Readonly<Record<Modality, Int32Array>>;

/** What the regressions of a model are fitted to. */
export interface Source {
  readonly runtime: Runtime;
  readonly model: ModelConfig;
  readonly labels: LabelSpace;
  /** How they see it. */
  readonly views: Readonly<Record<Modality, View>>;
}

/** The modalities that a companion sees. */
const sidesOf = (name: Companion): readonly Modality[] =>
  name === "linear" ? ["image", "text"] : name === "linearImage" ? ["image"] : ["text"];

/** Mean squared length of what a companion sees, once it is balanced. */
export const squaredLengthOf = ({ views }: Source, name: Companion): number =>
  sidesOf(name).reduce((sum, side) => sum + views[side].squaredLength, 0);

/** One modality as a companion sees it. */
interface Part {
  readonly side: Modality;
  readonly columns: Int32Array;
  /**
   * What its numbers are multiplied by: a modality of many or large ones does not outweigh the other, as one penalty for
   * all weights would have it. The mean squared length of what a companion sees stays.
   */
  readonly factor: number;
}

function partsOf(source: Source, columns: Columns, name: Companion): Part[] {
  const sides = sidesOf(name);
  const share = squaredLengthOf(source, name) / sides.length;
  return sides.map((side) => {
    const factor = Math.sqrt(share / source.views[side].squaredLength);
    return { side, columns: columns[side], factor };
  });
}

/** Fewest training samples in which a word or n-gram has to occur. */
const FEWEST = 3;

/** Ids that several texts have; where there are none, those of any. */
function frequentIds({ tokens }: { readonly tokens: readonly Int32Array[] }, ids: number) {
  const counts = new Uint32Array(ids);
  for (const text of tokens) for (const id of new Set(text)) if (id > 0) counts[id]!++;
  const occurring = (least: number): Int32Array =>
    Int32Array.from(counts.keys()).filter((id) => counts[id]! >= least);
  const often = occurring(FEWEST);
  return often.length > 0 ? often : occurring(1);
}

/** The dimensions that regressions look at: of counts those of ids that several training samples have, else all. */
export const columnsOf = ({ views }: Source, { texts }: PreparedSplit): Columns => {
  const all = (side: Modality): Int32Array => Int32Array.from(Array(views[side].size).keys());
  const isCounted = views.text.isSparse && texts.kind === "tokens";
  return {
    image: all("image"),
    text: isCounted ? frequentIds(texts, views.text.size) : all("text"),
  };
};

/** The samples of one companion, with room for their descriptions. */
interface Table {
  readonly parts: readonly Part[];
  readonly seen: readonly Seen[];
  /** `[seen, width]`. */
  readonly features: Float32Array;
  readonly width: number;
}

/** The samples that a companion sees of a split; where their features take more than `most` bytes, some drawn by seed. */
function tableOf(
  split: PreparedSplit,
  name: Companion,
  parts: readonly Part[],
  { most = Infinity, noise }: SampleOptions,
): Table {
  const width = parts.reduce((sum, { columns }) => sum + columns.length, 0);
  const all = seenBy(split, name, noise);
  const fitting = Math.floor(most / (4 * width));
  const seen =
    all.length > fitting ? randomStream(0, "companion", name).shuffle(all).slice(0, fitting) : all;
  return { parts, seen, features: new Float32Array(seen.length * width), width };
}

/** What regressions see of a split, balanced, into the tables of all who see it, in one pass. */
async function fill(
  { runtime, model, labels }: Source,
  split: PreparedSplit,
  tables: readonly Table[],
  isNoisy: boolean,
): Promise<void> {
  const places = new Map<number, { readonly table: Table; readonly at: number }[]>();
  for (const table of tables) {
    table.seen.forEach((sample, at) => {
      if (sample.isNoisy !== isNoisy) return;
      const known = places.get(sample.row);
      if (known) known.push({ table, at });
      else places.set(sample.row, [{ table, at }]);
    });
  }
  const rows = [...places.keys()];
  const represented = { runtime, model, labels, see: describedInputs };
  await eachRepresentation(represented, split, rows, (seen, start) => {
    const samples = seen.image.values.length / seen.image.size;
    for (let place = 0; place < samples; place++) {
      for (const { table, at } of places.get(rows[start + place]!)!) {
        let to = at * table.width;
        for (const { side, columns, factor } of table.parts) {
          const { values, size } = seen[side];
          for (const column of columns) {
            table.features[to++] = factor * values[place * size + column]!;
          }
        }
      }
    }
  });
}

function dataOf(
  { labels: { classes } }: Source,
  { targets: all }: PreparedSplit,
  { seen, features }: Table,
): RegressionData {
  const targets = new Float32Array(seen.length * classes);
  seen.forEach(({ row }, at) => {
    targets.set(all.subarray(row * classes, (row + 1) * classes), at * classes);
  });
  return { features, targets, samples: seen.length };
}

/** Which samples are read. */
export interface SampleOptions {
  /** Bytes of features for each companion; default: all. */
  readonly most?: number;
  /** Each text is seen a second time with this noise; default: only as it is. */
  readonly noise?: TextNoiseOptions | undefined;
}

/** What each companion sees of a split: balanced features, and targets. The split is read once for all. */
export async function companionData(
  source: Source,
  split: PreparedSplit,
  columns: Columns,
  options: SampleOptions = {},
): Promise<Record<Companion, RegressionData>> {
  const named = COMPANIONS.map((name) => {
    const parts = partsOf(source, columns, name);
    return [name, tableOf(split, name, parts, options)] as const;
  });
  const tables = named.map(([, table]) => table);
  await fill(source, split, tables, false);
  const { noise } = options;
  if (noise) await fill(source, withNoise(split, noise), tables, true);
  const entries = named.map(([name, table]) => [name, dataOf(source, split, table)] as const);
  return Object.fromEntries(entries) as Record<Companion, RegressionData>;
}

/**
 * A companion's weights as a model has them: of all dimensions, and for features as they are.
 *
 * @param weight - Of balanced features in some columns, `[width, classes]`.
 * @returns `[size, classes]`.
 */
export function wholeWeight(
  source: Source,
  columns: Columns,
  name: Companion,
  weight: Float32Array,
): Float32Array {
  const { classes } = source.labels;
  const parts = partsOf(source, columns, name);
  const sizes = parts.map(({ side }) => source.views[side].size);
  const whole = new Float32Array(sizes.reduce((sum, size) => sum + size, 0) * classes);
  let [from, start] = [0, 0];
  parts.forEach(({ columns: own, factor }, part) => {
    for (const column of own) {
      const to = (start + column) * classes;
      for (let label = 0; label < classes; label++) whole[to + label] = factor * weight[from++]!;
    }
    start += sizes[part]!;
  });
  return whole;
}
