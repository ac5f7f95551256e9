/** @module Pretrained encoders as objects that machines share. */

import { randomUUID } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

import type { Modality } from "../data/dataset.js";
import type { PretrainedEncoder } from "../encode/pretrained/encoder.js";
import { standIn } from "../encode/pretrained/standIns.js";
import { touch } from "../files/room.js";
import { sha256 } from "../files/schema.js";
import type { OpenInputs } from "../inputs/open.js";
import type { ModelSettings } from "../inputs/config.js";
import {
  filesOf,
  type LocalFile,
  type Manifest,
  publishFiles,
  readManifest,
  removeBundle,
  restoreFiles,
} from "../objects/bundle.js";
import type { ObjectStore } from "../objects/objectStore.js";
import { statOf } from "../system.js";
import type { Downloads } from "./downloads.js";

/** Schema of {@link SharedEncoders}. */
export const sharedEncoders = z.strictObject({
  image: sha256.exactOptional(),
  text: sha256.exactOptional(),
});

/** Hashes of a model's pretrained encoders, by which they are found. */
export type SharedEncoders = z.infer<typeof sharedEncoders>;

const keyOf = (hash: string): string => `encoders/${hash}`;

/** Files of an encoder's folder, but for other models that lie beside its own. */
const encoderFiles = ({ folder, model }: PretrainedEncoder): Promise<Map<string, LocalFile>> =>
  filesOf(folder, (path) => path === model || !/\.(onnx|tmp)$/.test(path));

async function publish(store: ObjectStore, encoder: PretrainedEncoder): Promise<string> {
  const { hash } = encoder;
  if (!(await readManifest(store, keyOf(hash)))) {
    await publishFiles(store, keyOf(hash), await encoderFiles(encoder));
  }
  return hash;
}

/** Publishes the pretrained encoders of a model. */
export async function publishEncoders(
  store: ObjectStore,
  { image, text }: OpenInputs,
): Promise<SharedEncoders> {
  return {
    ...(image.encoder && { image: await publish(store, image.encoder) }),
    ...(text.encoder && { text: await publish(store, text.encoder) }),
  };
}

/** Whether all files of a bundle are in a folder; notes that they are used. Some go alone when room is made. */
async function isHere({ files }: Manifest, folder: string): Promise<boolean> {
  for (const { name, bytes } of files) {
    const path = join(folder, ...name.split("/"));
    if ((await statOf(path))?.size !== bytes) return false;
    await touch(path);
  }
  return true;
}

/**
 * Brings a bundle into a folder, which appears whole or not at all. One that is damaged is removed from the store, so that it is
 * published anew.
 */
async function bringWhole(downloads: Downloads, key: string, folder: string): Promise<void> {
  const manifest = await readManifest(downloads.store, key);
  if (manifest && (await isHere(manifest, folder))) return;
  const aside = `${folder}.${randomUUID()}.tmp`;
  if (!manifest || !(await restoreFiles(downloads.store, manifest, aside))) {
    await rm(aside, { recursive: true, force: true });
    if (manifest) await removeBundle(downloads.store, key);
    throw downloads.lacks(key, manifest ? "damaged" : "missing");
  }
  try {
    await rm(folder, { recursive: true, force: true });
    await rename(aside, folder);
  } catch (error) {
    // Another process of this machine was faster.
    await rm(aside, { recursive: true, force: true });
    if (!(await isHere(manifest, folder))) throw error;
  }
}

/** Brings an encoder here and lets it stand for the one that the settings name. */
async function bring(
  downloads: Downloads,
  side: Modality,
  hash: string,
  name: string,
): Promise<void> {
  const folder = join(downloads.folder, "encoders", hash);
  await bringWhole(downloads, keyOf(hash), folder);
  standIn(name, side, folder);
}

/**
 * Brings the published encoders of a model here.
 *
 * @throws {StoreError} where one is missing.
 */
export async function bringEncoders(
  downloads: Downloads,
  encoders: SharedEncoders,
  model: Pick<ModelSettings, "image" | "text">,
): Promise<void> {
  for (const side of ["image", "text"] as const) {
    const [hash, settings] = [encoders[side], model[side]];
    if (hash === undefined || !("encoder" in settings)) continue;
    await bring(downloads, side, hash, settings.encoder);
  }
}
