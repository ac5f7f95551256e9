/** @module Turns a data set into arrays; what cannot be used is counted and named. */

import {
  type DataIssue,
  type Dataset,
  type OnBad,
  type Sample,
  samplesOf,
  type Split,
  SPLITS,
} from "../data/dataset.js";
import { DataError } from "../errors.js";
import type { EncodedDataset, EncodedSplit } from "./encoded.js";
import { decodeImage } from "./image.js";
import { type TextOptions, tokenize } from "./text.js";

/** How to encode. */
export interface EncodeOptions {
  /** Height and width of the encoded pictures. */
  readonly side: number;
  readonly text: TextOptions;
  /** What to do with a sample whose picture cannot be used; default `missing`. */
  readonly onBad?: OnBad;
  /** Called as samples are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A data set as arrays, and what was met on the way. */
export interface EncodeResult {
  readonly encoded: EncodedDataset;
  readonly issues: readonly DataIssue[];
}

interface EncodedSample {
  readonly sample: Sample;
  readonly pixels: Uint8Array | null;
  readonly tokens: Int32Array;
}

// Decoding runs in the image library's threads; more in flight only costs memory.
const IN_FLIGHT = 16;

/** Maps with bounded concurrency, results in order. */
async function mapBounded<T, R>(items: readonly T[], map: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++;
      results[at] = await map(items[at]!);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return results;
}

const where = ({ id, image }: Sample): string =>
  image?.kind === "file" ? `${id} (${image.path})` : id;

/** Decodes a sample's picture; `undefined` means that the sample is to be skipped. */
async function encodePicture(
  sample: Sample,
  { side, onBad = "missing" }: EncodeOptions,
  issues: DataIssue[],
): Promise<Uint8Array | null | undefined> {
  if (!sample.image) return null;
  try {
    return await decodeImage(sample.image, side);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const { message } = error;
    if (onBad === "stop") {
      throw new DataError(
        `${where(sample)}: ${message}.`,
        "Mend the file, or go on with --on-bad missing (train on the text alone) or --on-bad skip.",
      );
    }
    const outcome = onBad === "skip" ? "sample-skipped" : "modality-missing";
    issues.push({ kind: "image-unusable", where: where(sample), message, outcome });
    return onBad === "skip" ? undefined : null;
  }
}

async function encodeSample(
  sample: Sample,
  options: EncodeOptions,
  issues: DataIssue[],
): Promise<EncodedSample | null> {
  const pixels = await encodePicture(sample, options, issues);
  if (pixels === undefined) return null;
  const { tokens, truncated } = tokenize(sample.text ?? "", options.text);
  if (truncated) {
    const message = `the text has ${sample.text!.length} characters; its first ${tokens.length} words are used`;
    issues.push({ kind: "text-truncated", where: sample.id, message, outcome: "kept" });
  }
  if (!pixels && tokens.length === 0) {
    const message = "neither a usable image nor a text";
    issues.push({ kind: "sample-empty", where: sample.id, message, outcome: "sample-skipped" });
    return null;
  }
  return { sample, pixels, tokens };
}

function toSplit(samples: readonly EncodedSample[], side: number, classes: number): EncodedSplit {
  const size = samples.length;
  const area = 3 * side * side;
  const data = new Uint8Array(size * area);
  const targets = new Float32Array(size * classes);
  samples.forEach(({ sample, pixels }, row) => {
    if (pixels) data.set(pixels, row * area);
    for (const label of sample.labels) targets[row * classes + label] = 1;
  });
  return {
    size,
    ids: samples.map(({ sample }) => sample.id),
    images: { shape: [3, side, side], data },
    texts: { kind: "tokens", tokens: samples.map(({ tokens }) => tokens) },
    imagePresent: Uint8Array.from(samples, ({ pixels }) => (pixels ? 1 : 0)),
    textPresent: Uint8Array.from(samples, ({ tokens }) => (tokens.length > 0 ? 1 : 0)),
    targets,
  };
}

/**
 * Encodes all splits of a data set.
 *
 * A sample without a usable picture or text is kept with what it has; one with neither is skipped.
 *
 * @throws {DataError} with `onBad: "stop"` at the first unusable picture.
 */
export async function encodeDataset(
  dataset: Dataset,
  options: EncodeOptions,
): Promise<EncodeResult> {
  const issues: DataIssue[] = [];
  let done = 0;
  const encodeSplit = async (split: Split): Promise<EncodedSplit> => {
    const results = await mapBounded(samplesOf(dataset, split), async (sample) => {
      const result = await encodeSample(sample, options, issues);
      options.onProgress?.(++done, dataset.samples.length);
      return result;
    });
    const usable = results.filter((result) => result !== null);
    return toSplit(usable, options.side, dataset.classes.length);
  };
  const { name, task, classes } = dataset;
  const splits = {} as Record<Split, EncodedSplit>;
  for (const split of SPLITS) splits[split] = await encodeSplit(split);
  issues.sort((a, b) => (a.where < b.where ? -1 : 1));
  return { encoded: { name, task, classes, ...splits }, issues };
}
