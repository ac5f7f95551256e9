/** @module What became of pictures when they were decoded, as objects that machines share: it spares others to decode them. */

import { z } from "zod";

import type { Sample } from "../data/dataset.js";
import type { ObjectStore } from "../objects/objectStore.js";
import { shardName } from "../prepare/cache.js";
import { type PrepareOptions, shardsOf, Undecoded } from "../prepare/rows.js";
import { type PictureState, pictureState } from "../prepare/shard.js";

const published = z.strictObject({ format: z.literal(1), pictures: z.array(pictureState) });

const keyOf = (shard: string): string => `pictures/${shard}.json`;

/**
 * Publishes what became of the pictures of a data set.
 *
 * @param samples - As others open them.
 * @param pictures - What became of the picture of each.
 * @param preparations - How pictures and texts are prepared.
 */
export async function publishPictures(
  objects: ObjectStore,
  samples: readonly Sample[],
  pictures: readonly PictureState[],
  { image, text }: Pick<PrepareOptions, "image" | "text">,
): Promise<void> {
  let start = 0;
  for (const shard of shardsOf(samples, image)) {
    const end = start + shard.length;
    const contents = { format: 1, pictures: pictures.slice(start, end) };
    await objects.write(keyOf(await shardName(shard, image, text)), JSON.stringify(contents));
    start = end;
  }
}

/** Finds what is published of a shard by its name; what cannot be had is decoded. */
const publishedIn =
  (objects: ObjectStore): NonNullable<PrepareOptions["known"]> =>
  async (shard) => {
    const bytes = await objects.read(keyOf(shard));
    if (!bytes) return null;
    try {
      return published.parse(JSON.parse(new TextDecoder().decode(bytes))).pictures;
    } catch {
      return null;
    }
  };

/**
 * Works on features of pictures without decoding these; where some of the features turn out to be missing, with decoding.
 *
 * @param objects - Where it is published what became of them.
 */
export async function withKnownPictures<T>(
  objects: ObjectStore,
  work: (known: Pick<PrepareOptions, "known">) => Promise<T>,
): Promise<T> {
  try {
    return await work({ known: publishedIn(objects) });
  } catch (error) {
    if (!(error instanceof Undecoded)) throw error;
    return work({});
  }
}
