/** @module The samples that companions are fitted to and judged by. */

import type { LabelSpace } from "../model/config.js";
import { degradedRows } from "../impairments/degraded.js";
import { at } from "../impairments/impairment.js";
import { droppedTokens } from "../impairments/noisy.js";
import type { PreparedSplit } from "../prepare/prepared.js";
import { randomStream } from "../random.js";
import type { Runtime } from "../runtime/session.js";
import { eachRepresentation, type Representations } from "../train/representations.js";
import { type Companion, COMPANIONS, type FrozenModel } from "./companions.js";
import type { RegressionData } from "./regression.js";

/** Noise on training texts: with how much, and which. */
export interface TextNoiseOptions {
  /** Probability that a token is dropped, `0..1`. */
  readonly drop: number;
  readonly seed: number;
}

/** A split with noisy texts: features that an encoder made of them, or its own with values dropped. */
function withNoise(split: PreparedSplit, { drop, seed }: TextNoiseOptions): PreparedSplit {
  const { texts } = split;
  if (texts.kind !== "features") throw new Error("internal: companions need features of texts.");
  const { row, degraded } = texts;
  const dropped = (place: number): Float32Array => {
    const values = row(place).slice();
    droppedTokens.values(values, { strength: drop, seed, row: place });
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

/** Lengths of a companion's features: 0 for a modality that it does not see. */
const widthsOf = ({ image, text }: FrozenModel, name: Companion) => ({
  image: name === "linearText" ? 0 : image.fixed,
  text: name === "linearImage" ? 0 : text.fixed,
});

/**
 * Factor of each feature of a companion: a modality of many numbers does not outweigh one of few, as one
 * penalty for all weights would have it. The mean squared factor is 1.
 */
export function balanceOf(model: FrozenModel, name: Companion): Float64Array {
  const { image, text } = widthsOf(model, name);
  const share = (image + text) / (Number(image > 0) + Number(text > 0));
  const factors = new Float64Array(image + text);
  factors.fill(Math.sqrt(share / image), 0, image);
  return factors.fill(Math.sqrt(share / text), image);
}

/** What the regressions of a model are fitted to. */
export interface Source {
  readonly runtime: Runtime;
  readonly model: FrozenModel;
  readonly labels: LabelSpace;
}

/** The samples of one companion, with room for their features. */
interface View {
  readonly name: Companion;
  readonly seen: readonly Seen[];
  /** `[seen, width]`. */
  readonly features: Float32Array;
  readonly width: number;
}

/** The samples that a companion sees of a split; where their features take more than `most` bytes, some drawn by seed. */
function viewOf(
  { model }: Source,
  split: PreparedSplit,
  name: Companion,
  { most = Infinity, noise }: SampleOptions,
): View {
  const { image, text } = widthsOf(model, name);
  const width = image + text;
  const all = seenBy(split, name, noise);
  const fitting = Math.floor(most / (4 * width));
  const seen =
    all.length > fitting ? randomStream(0, "companion", name).shuffle(all).slice(0, fitting) : all;
  return { name, seen, features: new Float32Array(seen.length * width), width };
}

/** Features of a split as the model's embedding layers get them, into the views of all who see them, in one pass. */
async function fill(
  { runtime, model, labels }: Source,
  split: PreparedSplit,
  views: readonly View[],
  isNoisy: boolean,
): Promise<void> {
  const places = new Map<number, { readonly view: View; readonly at: number }[]>();
  for (const view of views) {
    view.seen.forEach((sample, at) => {
      if (sample.isNoisy !== isNoisy) return;
      const known = places.get(sample.row);
      if (known) known.push({ view, at });
      else places.set(sample.row, [{ view, at }]);
    });
  }
  const rows = [...places.keys()];
  const row = ({ values, size }: Representations, at: number): Float32Array =>
    values.subarray(at * size, (at + 1) * size);
  await eachRepresentation(runtime, model, labels, new Map(), split, rows, (found, start) => {
    const samples = found.image.values.length / found.image.size;
    for (let place = 0; place < samples; place++) {
      for (const { view, at } of places.get(rows[start + place]!)!) {
        const target = view.features.subarray(at * view.width, (at + 1) * view.width);
        const widths = widthsOf(model, view.name);
        if (widths.image > 0) target.set(row(found.image, place));
        if (widths.text > 0) target.set(row(found.text, place), widths.image);
      }
    }
  });
}

/** Balanced features and the targets of a view that is filled. */
function dataOf(
  { model, labels: { classes } }: Source,
  { targets: all }: PreparedSplit,
  { name, seen, features, width }: View,
): RegressionData {
  const factors = balanceOf(model, name);
  const targets = new Float32Array(seen.length * classes);
  seen.forEach(({ row }, at) => {
    const own = features.subarray(at * width, (at + 1) * width);
    for (let i = 0; i < width; i++) own[i]! *= factors[i]!;
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

/** What each companion sees of a split: balanced features, and targets. The model reads the split once for all. */
export async function companionData(
  source: Source,
  split: PreparedSplit,
  options: SampleOptions = {},
): Promise<Record<Companion, RegressionData>> {
  const views = COMPANIONS.map((name) => viewOf(source, split, name, options));
  await fill(source, split, views, false);
  if (options.noise) await fill(source, withNoise(split, options.noise), views, true);
  const entries = views.map((view) => [view.name, dataOf(source, split, view)] as const);
  return Object.fromEntries(entries) as Record<Companion, RegressionData>;
}
