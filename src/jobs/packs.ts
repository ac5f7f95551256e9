/** @module Pictures as objects that machines share: many in one pack, named by what it holds. */

import { readFile } from "node:fs/promises";

import { z } from "zod";

import { DataError } from "../errors.js";
import type { DeferredImage, ImageSource } from "../data/dataset.js";
import { regularFile } from "../data/regularFile.js";
import { digestOf } from "../files/sealed.js";
import { sha256, wholeNumber } from "../files/schema.js";
import type { ObjectStore } from "../objects/objectStore.js";
import { writeOnce } from "../objects/once.js";
import { assertInside } from "../prepare/images/decode.js";
import type { Downloads } from "./downloads.js";

/** A pack is written once it holds so many bytes. */
const PACK_BYTES = 8 * 2 ** 20;

/** Key of a pack. */
const keyOf = (pack: string): string => `packs/${pack}`;

/** Schema of {@link StoredPicture}. */
export const storedPicture = z.union([
  z.strictObject({
    /** Number of the pack in the data set's list. */
    pack: wholeNumber,
    /** First byte in the pack. */
    at: wholeNumber,
    bytes: wholeNumber,
    digest: sha256,
    /** Width and height, where the bytes are decoded pixels. */
    pixels: z.tuple([wholeNumber, wholeNumber]).exactOptional(),
  }),
  /** There is no picture to be had, and why. */
  z.strictObject({ missing: z.string() }),
]);

/** Where a picture lies. */
export type StoredPicture = z.infer<typeof storedPicture>;

/** A pack that pictures are gathered in; it has a name once it is written. */
interface Pack {
  name: string | null;
}

/** A picture that has its place, in a pack that is yet to be named. */
export type PlacedPicture =
  | { readonly kind: "missing"; readonly reason: string }
  | {
      readonly kind: "packed";
      readonly pack: Pack;
      readonly at: number;
      readonly bytes: number;
      readonly digest: string;
      readonly pixels?: readonly [number, number];
    };

/** The bytes of a picture, as they are stored. */
interface Contents {
  readonly bytes: Uint8Array;
  readonly pixels?: readonly [number, number];
}

async function contentsOf(image: ImageSource): Promise<Contents> {
  switch (image.kind) {
    case "deferred":
      return contentsOf(await image.load());
    case "file":
      assertInside(image);
      await regularFile(image.path);
      return { bytes: await readFile(image.path) };
    case "bytes":
      return image;
    case "pixels":
      return { bytes: image.pixels, pixels: [image.width, image.height] };
  }
}

/** Puts pictures into packs. One that was put there before, for other splits of the same data, stays where it is. */
export class PackWriter {
  readonly #placed = new Map<string | ImageSource, PlacedPicture>();
  #pack: Pack = { name: null };
  #parts: Uint8Array[] = [];
  #size = 0;

  /** @param store - Where packs are written. */
  constructor(readonly store: ObjectStore) {}

  /** Puts a picture into a pack; what cannot be read is noted as missing. */
  async place(image: ImageSource): Promise<PlacedPicture> {
    const key = image.kind === "file" ? image.path : image;
    const known = this.#placed.get(key);
    if (known) return known;
    const placed = await this.#place(image);
    this.#placed.set(key, placed);
    return placed;
  }

  /** Writes what is gathered, so that all pictures have their pack. */
  async flush(): Promise<void> {
    if (this.#size === 0) return;
    const [pack, bytes] = [this.#pack, Buffer.concat(this.#parts)];
    [this.#pack, this.#parts, this.#size] = [{ name: null }, [], 0];
    const name = digestOf(bytes);
    await writeOnce(this.store, keyOf(name), bytes);
    pack.name = name;
  }

  async #place(image: ImageSource): Promise<PlacedPicture> {
    let contents: Contents;
    try {
      contents = await contentsOf(image);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      return { kind: "missing", reason: error.message };
    }
    const { bytes, pixels } = contents;
    const at = this.#size;
    this.#parts.push(bytes);
    this.#size += bytes.length;
    const place = { pack: this.#pack, at, bytes: bytes.length, digest: digestOf(bytes) };
    if (this.#size >= PACK_BYTES) await this.flush();
    return { kind: "packed", ...place, ...(pixels && { pixels }) };
  }
}

/** A picture of a pack, which is brought here when it is decoded. */
export const pictureIn = (
  downloads: Downloads,
  packs: readonly string[],
  picture: StoredPicture,
): DeferredImage => {
  if ("missing" in picture) {
    const { missing } = picture;
    const load = (): Promise<never> => Promise.reject(new DataError(missing));
    return { kind: "deferred", identity: `missing ${missing}`, load };
  }
  const { pack, at, bytes: length, digest, pixels } = picture;
  const load = async (): Promise<ImageSource> => {
    const key = keyOf(packs[pack]!);
    const bytes = await downloads.part(key, at, length);
    if (digestOf(bytes) !== digest) throw await downloads.damaged(key);
    if (!pixels) return { kind: "bytes", bytes };
    return { kind: "pixels", pixels: bytes, width: pixels[0], height: pixels[1] };
  };
  return { kind: "deferred", identity: `${digest} ${pixels?.join(" x ") ?? "file"}`, load };
};
