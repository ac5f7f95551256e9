/** @module What decides about the answers to many samples, as one digest: work that was stopped continues only with the same. */

import { createHash } from "node:crypto";

import type { ImageSource } from "../../data/dataset.js";
import type { Draft } from "../../data/drafts.js";
import { digestOf } from "../../files/sealed.js";
import type { ModelCard } from "../card.js";
import { BATCH } from "./samples.js";

/** What a picture is told by; files by their paths. */
function identityOf(image: ImageSource): string {
  switch (image.kind) {
    case "file":
      return image.path;
    case "deferred":
      return image.identity;
    case "bytes":
      return digestOf(image.bytes);
    case "pixels":
      return `${image.width} ${digestOf(image.pixels)}`;
  }
}

/**
 * Digest of a model, samples and settings.
 *
 * @param settings - Plain JSON.
 */
export function answersKey(card: ModelCard, drafts: readonly Draft[], settings: object): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([card, BATCH, settings]));
  for (const { id, text, image, features } of drafts) {
    const own = [features?.image?.identity, features?.text?.identity];
    hash.update(JSON.stringify([id, text, image && identityOf(image), ...own]));
  }
  return hash.digest("hex");
}
