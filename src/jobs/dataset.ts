/** @module A data set as objects that machines share: with its splits as they were drawn, whole and unchanged. */

import { z } from "zod";

import { type DataIssue, type Dataset, LABEL_KINDS, type Sample, SCORES } from "../data/dataset.js";
import { digestOf } from "../files/sealed.js";
import { sha256, wholeNumber } from "../files/schema.js";
import type { ObjectStore } from "../objects/objectStore.js";
import { writeOnce } from "../objects/once.js";
import type { Downloads } from "./downloads.js";
import { openMatrix, publishMatrix, storedMatrix } from "./matrices.js";
import type { PackWriter } from "./packs.js";
import { publishSamples, readSamples, SAMPLES, type Vectors } from "./samples.js";

const issue = z.strictObject({
  kind: z.string(),
  where: z.string(),
  message: z.string(),
  outcome: z.enum(["sample-skipped", "modality-missing", "kept", "noted"]),
}) satisfies z.ZodType<DataIssue>;

/** What is said of the data as a whole. */
const published = z.strictObject({
  format: z.literal(1),
  name: z.string(),
  labelKind: z.enum(LABEL_KINDS),
  classes: z.array(z.string()),
  issues: z.array(issue),
  modalities: z.enum(["both", "image", "text"]).exactOptional(),
  score: z.enum(SCORES).exactOptional(),
  vectors: z.strictObject({
    image: storedMatrix.exactOptional(),
    text: storedMatrix.exactOptional(),
  }),
  origin: z.string().exactOptional(),
  attribution: z.string().exactOptional(),
  size: wholeNumber,
  /** Objects of the samples, in order. */
  samples: z.array(sha256),
});

type Published = z.infer<typeof published>;

const keyOf = (digest: string): string => `data/${digest}.json`;

/** What is said of a data set beside its samples. */
const aboutOf = ({ name, labelKind, classes, modalities, ...dataset }: Dataset) => ({
  ...{ format: 1 as const, name, labelKind, classes: [...classes] },
  issues: dataset.issues.map((one) => ({ ...one, message: String(one.message) })),
  ...(modalities && { modalities }),
  ...(dataset.score && { score: dataset.score }),
  ...(dataset.origin !== undefined && { origin: dataset.origin }),
  ...(dataset.attribution !== undefined && { attribution: dataset.attribution }),
});

/**
 * Publishes a data set; gives its digest, by which {@link openPublished} finds it. The same data are published once.
 *
 * @param packs - Puts its pictures into packs; the same for other splits of the same data.
 * @param onProgress - Called as samples are read.
 */
export async function publishDataset(
  store: ObjectStore,
  dataset: Dataset,
  packs: PackWriter,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<string> {
  const { samples } = dataset;
  const image = await publishMatrix(store, dataset, "image");
  const text = await publishMatrix(store, dataset, "text");
  const rowsOf = (at: number) =>
    image || text
      ? { ...(image && { image: image.rowOf(at) }), ...(text && { text: text.rowOf(at) }) }
      : undefined;
  const digests: string[] = [];
  for (let start = 0; start < samples.length; start += SAMPLES) {
    const some = samples.slice(start, start + SAMPLES);
    digests.push(await publishSamples(store, some, start, packs, rowsOf));
    onProgress(start + some.length, samples.length);
  }
  const whole: Published = {
    ...aboutOf(dataset),
    vectors: { ...(image && { image: image.matrix }), ...(text && { text: text.matrix }) },
    ...{ size: samples.length, samples: digests },
  };
  const bytes = Buffer.from(JSON.stringify(whole));
  const digest = digestOf(bytes);
  await writeOnce(store, keyOf(digest), bytes);
  return digest;
}

async function readPublished(downloads: Downloads, digest: string): Promise<Published> {
  const bytes = await downloads.checked(keyOf(digest), digest);
  return published.parse(JSON.parse(new TextDecoder().decode(bytes)));
}

async function openVectors(downloads: Downloads, { vectors }: Published): Promise<Vectors> {
  const { image, text } = vectors;
  return {
    ...(image && { image: await openMatrix(downloads, image) }),
    ...(text && { text: await openMatrix(downloads, text) }),
  };
}

function datasetOf(
  { name, labelKind, classes, issues, vectors: { image, text }, ...others }: Published,
  samples: readonly Sample[],
): Dataset {
  const { modalities, score, origin, attribution } = others;
  return {
    ...{ name, labelKind, classes, issues, samples },
    ...(modalities && { modalities }),
    ...(score && { score }),
    ...(origin !== undefined && { origin }),
    ...(attribution !== undefined && { attribution }),
    ...((image ?? text) && {
      features: { ...(image && { image: image.size }), ...(text && { text: text.size }) },
    }),
  };
}

/**
 * Opens a published data set. Its pictures are brought here when they are decoded.
 *
 * @throws {StoreError} where a part of it is missing or damaged.
 */
export async function openPublished(downloads: Downloads, digest: string): Promise<Dataset> {
  const whole = await readPublished(downloads, digest);
  const vectors = await openVectors(downloads, whole);
  const samples: Sample[] = [];
  for (const part of whole.samples) samples.push(...(await readSamples(downloads, part, vectors)));
  return datasetOf(whole, samples);
}

/**
 * Opens some samples of a published data set, and reads no others.
 *
 * @param places - Of the samples in the data set, ascending.
 * @throws {StoreError} where a part of it is missing or damaged.
 */
export async function openPart(
  downloads: Downloads,
  digest: string,
  places: readonly number[],
): Promise<Dataset> {
  const whole = await readPublished(downloads, digest);
  const vectors = await openVectors(downloads, whole);
  const samples: Sample[] = [];
  let [open, some]: [number, readonly Sample[]] = [-1, []];
  for (const place of places) {
    const part = Math.floor(place / SAMPLES);
    if (part !== open) {
      [open, some] = [part, await readSamples(downloads, whole.samples[part]!, vectors)];
    }
    samples.push(some[place % SAMPLES]!);
  }
  return datasetOf(whole, samples);
}
