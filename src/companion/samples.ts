/** @module The samples that companions are fitted to and judged by. */

import type { Modality } from "../data/dataset.js";
import type { LabelSpace, ModelConfig } from "../model/config.js";
import { bySide } from "../model/network.js";
import { degradedRows } from "../impairments/degraded.js";
import { at } from "../impairments/impairment.js";
import { droppedTokens } from "../impairments/noisy.js";
import type { PreparedSplit } from "../prepare/prepared.js";
import { randomStream } from "../random.js";
import type { Runtime } from "../runtime/session.js";
import { eachRepresentation, type Representations } from "../train/representations.js";
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

/** The modalities that a companion sees. */
const sidesOf = (name: Companion): readonly Modality[] =>
  name === "linear" ? ["image", "text"] : name === "linearImage" ? ["image"] : ["text"];

/** Mean squared length of what a companion sees, once it is balanced. */
export const squaredLengthOf = ({ views }: Source, name: Companion): number =>
  sidesOf(name).reduce((sum, side) => sum + views[side].squaredLength, 0);

/**
 * Factor of each modality for a companion: one of many or large numbers does not outweigh the other, as one
 * penalty for all weights would have it. The mean squared length of what it sees stays.
 */
function factorOf(source: Source, name: Companion, side: Modality): number {
  const share = squaredLengthOf(source, name) / sidesOf(name).length;
  return Math.sqrt(share / source.views[side].squaredLength);
}

/** What the regressions of a model are fitted to. */
export interface Source {
  readonly runtime: Runtime;
  readonly model: ModelConfig;
  readonly labels: LabelSpace;
  /** How they see it. */
  readonly views: Readonly<Record<Modality, View>>;
}

/** Fewest training samples in which a dimension of sparse descriptions has to occur. */
const FEWEST = 3;

/** Visits what regressions see of the samples of a split. */
const eachSeen = (
  { runtime, model, labels }: Source,
  split: PreparedSplit,
  rows: readonly number[],
  visit: (seen: Readonly<Record<Modality, Representations>>, start: number) => void,
): Promise<void> =>
  eachRepresentation({ runtime, model, labels, see: describedInputs }, split, rows, visit);

/**
 * The dimensions that regressions look at: of sparse descriptions those that several training samples have,
 * else all.
 */
export async function columnsOf(source: Source, train: PreparedSplit): Promise<Columns> {
  const { views } = source;
  const counts = bySide((side) => new Uint32Array(views[side].size));
  const sparse = (["image", "text"] as const).filter((side) => views[side].isSparse);
  if (sparse.length > 0) {
    await eachSeen(source, train, [...Array(train.size).keys()], (seen) => {
      for (const side of sparse) {
        const { values, size } = seen[side];
        for (let at = 0; at < values.length; at++) if (values[at]) counts[side][at % size]!++;
      }
    });
  }
  const columns = (side: Modality): Int32Array => {
    const all = Int32Array.from(counts[side].keys());
    if (!views[side].isSparse) return all;
    const often = all.filter((at) => counts[side][at]! >= FEWEST);
    return often.length > 0 ? often : all.filter((at) => counts[side][at]! > 0);
  };
  return bySide(columns);
}

/** The samples of one companion, with room for their descriptions. */
interface Table {
  readonly name: Companion;
  readonly seen: readonly Seen[];
  /** `[seen, width]`. */
  readonly features: Float32Array;
  readonly width: number;
}

const widthOf = (columns: Columns, name: Companion): number =>
  sidesOf(name).reduce((sum, side) => sum + columns[side].length, 0);

/** The samples that a companion sees of a split; where their features take more than `most` bytes, some drawn by seed. */
function tableOf(
  split: PreparedSplit,
  name: Companion,
  columns: Columns,
  { most = Infinity, noise }: SampleOptions,
): Table {
  const width = widthOf(columns, name);
  const all = seenBy(split, name, noise);
  const fitting = Math.floor(most / (4 * width));
  const seen =
    all.length > fitting ? randomStream(0, "companion", name).shuffle(all).slice(0, fitting) : all;
  return { name, seen, features: new Float32Array(seen.length * width), width };
}

/** What regressions see of a split, balanced, into the tables of all who see it, in one pass. */
async function fill(
  source: Source,
  split: PreparedSplit,
  columns: Columns,
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
  await eachSeen(source, split, rows, (seen, start) => {
    const samples = seen.image.values.length / seen.image.size;
    for (let place = 0; place < samples; place++) {
      for (const { table, at } of places.get(rows[start + place]!)!) {
        let to = at * table.width;
        for (const side of sidesOf(table.name)) {
          const { values, size } = seen[side];
          const factor = factorOf(source, table.name, side);
          for (const column of columns[side]) {
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
  const tables = COMPANIONS.map((name) => tableOf(split, name, columns, options));
  await fill(source, split, columns, tables, false);
  const { noise } = options;
  if (noise) await fill(source, withNoise(split, noise), columns, tables, true);
  const entries = tables.map((table) => [table.name, dataOf(source, split, table)] as const);
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
  const parts = sidesOf(name).map((side, index) => {
    const before = index === 0 ? 0 : columns.image.length;
    const factor = factorOf(source, name, side);
    const whole = new Float32Array(source.views[side].size * classes);
    columns[side].forEach((column, at) => {
      const from = (before + at) * classes;
      for (let k = 0; k < classes; k++) whole[column * classes + k] = factor * weight[from + k]!;
    });
    return whole;
  });
  const result = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((start, part) => (result.set(part, start), start + part.length), 0);
  return result;
}
