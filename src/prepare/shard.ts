/** @module A shard: some prepared samples as one file that is whole or not there. */

import { closeSync, openSync, readSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { crc32 } from "node:zlib";

import { z } from "zod";

import { DataError } from "../errors.js";
import { writeWhole } from "./cacheFile.js";
import { wholeNumber } from "../files/schema.js";

/** What became of a sample's picture. */
export type PictureState =
  | { readonly kind: "none" }
  | { readonly kind: "unusable"; readonly reason: string }
  | {
      readonly kind: "decoded";
      /** Width and height of the file. */
      readonly size: readonly [number, number];
      readonly fingerprint: string | null;
      /** What was done to values that are no colours as they are. */
      readonly note?: string | undefined;
    };

/** One prepared sample, but for its pixels. */
export interface ShardEntry {
  readonly picture: PictureState;
  readonly tokens: Int32Array;
  /** Whether words were left out. */
  readonly truncated: boolean;
}

/** Prepared samples and access to their pixels. */
export interface Shard {
  readonly entries: readonly ShardEntry[];
  /** Pixels of one entry, `width` bytes; zeros where it has no picture. */
  readonly pixels: (at: number) => Uint8Array;
  /** Bytes that the shard holds in memory. */
  readonly resident: number;
}

const MAGIC = "BGSHARD2";
const PREFIX = 20; // checksum, magic, length of the header, length of the tokens
const CHECKSUM = 4; // of all bytes after it

const pictureState: z.ZodType<PictureState> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  z.strictObject({ kind: z.literal("unusable"), reason: z.string() }),
  z.strictObject({
    kind: z.literal("decoded"),
    size: z.tuple([wholeNumber, wholeNumber]),
    fingerprint: z.string().nullable(),
    note: z.string().optional(),
  }),
]);

const headerSchema = z.strictObject({
  width: wholeNumber,
  entries: z.array(
    z.strictObject({ picture: pictureState, tokens: wholeNumber, truncated: z.boolean() }),
  ),
});

type Header = z.infer<typeof headerSchema>;

/** A shard in memory. */
export function memoryShard(
  entries: readonly ShardEntry[],
  pixels: Uint8Array,
  width: number,
): Shard {
  return {
    entries,
    pixels: (at) => pixels.subarray(at * width, (at + 1) * width),
    resident: pixels.length,
  };
}

/** Writes a shard; see {@link writeWhole}. */
export async function writeShard(
  path: string,
  entries: readonly ShardEntry[],
  pixels: Uint8Array,
  width: number,
): Promise<void> {
  const header: Header = {
    width,
    entries: entries.map(({ picture, tokens, truncated }) => ({
      ...{ picture, truncated },
      tokens: tokens.length,
    })),
  };
  const head = Buffer.from(JSON.stringify(header));
  const tokens = Buffer.concat(
    entries.map((entry) => {
      const { buffer, byteOffset, byteLength } = entry.tokens;
      return Buffer.from(buffer, byteOffset, byteLength);
    }),
  );
  const prefix = Buffer.alloc(PREFIX);
  prefix.write(MAGIC, CHECKSUM, "latin1");
  prefix.writeUInt32LE(head.length, 12);
  prefix.writeUInt32LE(tokens.length, 16);
  const summed = [prefix.subarray(CHECKSUM), head, tokens, pixels];
  prefix.writeUInt32LE(summed.reduce((sum, part) => crc32(part, sum), 0));
  await writeWhole(path, [prefix, head, tokens, pixels]);
}

/** Pixels that are read from the file each time. */
function filePixels(path: string, offset: number, width: number): Shard["pixels"] {
  return (at) => {
    const bytes = new Uint8Array(width);
    const file = openSync(path, "r");
    try {
      if (readSync(file, bytes, 0, width, offset + at * width) < width) {
        throw new DataError(
          `${path}: the file of the cache became shorter while it was in use.`,
          "Run the same command again: it is made again.",
        );
      }
    } finally {
      closeSync(file);
    }
    return bytes;
  };
}

/** Parts of a shard's file; `null` where it is not sound. */
function partsOf(bytes: Buffer): { header: Header; tokens: Int32Array; offset: number } | null {
  if (bytes.length < PREFIX || bytes.toString("latin1", CHECKSUM, 12) !== MAGIC) return null;
  if (crc32(bytes.subarray(CHECKSUM)) !== bytes.readUInt32LE(0)) return null;
  const start = PREFIX + bytes.readUInt32LE(12);
  const offset = start + bytes.readUInt32LE(16);
  // The checksum says that this is what was written: another header is of another version.
  const header = headerSchema.safeParse(JSON.parse(bytes.toString("utf8", PREFIX, start)));
  if (!header.success) return null;
  // A copy is aligned, and does not keep the file's bytes alive.
  const tokens = new Int32Array(new Uint8Array(bytes.subarray(start, offset)).buffer);
  return { header: header.data, tokens, offset };
}

/**
 * Opens a shard and checks it.
 *
 * @param keep - Whether its pixels may stay in memory.
 * @param onDamaged - Is told that there is one that is not sound.
 * @returns `null` where there is none, or not a sound one.
 */
export async function openShard(
  path: string,
  keep: boolean,
  onDamaged?: () => void,
): Promise<Shard | null> {
  const bytes = await readFile(path).catch(() => null);
  if (!bytes) return null;
  const parts = partsOf(bytes);
  if (!parts) {
    onDamaged?.();
    return null;
  }
  const { header, tokens, offset } = parts;
  let from = 0;
  const entries = header.entries.map(({ picture, truncated, tokens: length }): ShardEntry => {
    from += length;
    return { picture, truncated, tokens: tokens.subarray(from - length, from) };
  });
  const { width } = header;
  const { buffer, byteOffset, length } = bytes;
  const pixels = new Uint8Array(buffer, byteOffset + offset, length - offset);
  if (keep) return memoryShard(entries, pixels, width);
  return { entries, pixels: filePixels(path, offset, width), resident: 0 };
}
