/** @module A shard: some prepared samples as one file that is whole or not there. */

import { closeSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";
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
      /** SHA-256 of the pixels: says whether they are the same without reading them. */
      readonly digest: string;
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

const MAGIC = "BGSHARD3";
// Checksum of all up to the pixels, magic, lengths of header and tokens, checksum of the pixels.
const PREFIX = 24;
const CHECKSUM = 4;

/** Schema of {@link PictureState}. */
export const pictureState: z.ZodType<PictureState> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  z.strictObject({ kind: z.literal("unusable"), reason: z.string() }),
  z.strictObject({
    kind: z.literal("decoded"),
    size: z.tuple([wholeNumber, wholeNumber]),
    fingerprint: z.string().nullable(),
    digest: z.string(),
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
  prefix.writeUInt32LE(crc32(pixels), 20);
  const summed = [prefix.subarray(CHECKSUM), head, tokens];
  prefix.writeUInt32LE(summed.reduce((sum, part) => crc32(part, sum), 0));
  await writeWhole(path, [prefix, head, tokens, pixels]);
}

/** Pixels that are read from the file each time; `check` is called before the first time. */
function filePixels(
  path: string,
  offset: number,
  width: number,
  check: () => void = () => undefined,
): Shard["pixels"] {
  let isChecked = false;
  return (at) => {
    if (!isChecked) check();
    isChecked = true;
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

/** A shard's file up to its pixels. */
interface Front {
  readonly entries: readonly ShardEntry[];
  readonly width: number;
  /** First byte of the pixels. */
  readonly offset: number;
  /** Checksum of the pixels. */
  readonly checksum: number;
}

/** Bytes of a file up to the pixels, by its first ones; `null` where these are of no shard. */
const frontBytes = (prefix: Buffer): number | null =>
  prefix.length < PREFIX || prefix.toString("latin1", CHECKSUM, 12) !== MAGIC
    ? null
    : PREFIX + prefix.readUInt32LE(12) + prefix.readUInt32LE(16);

/** Reads what is before the pixels of a file of some length; `null` where it is not sound. */
function frontOf(bytes: Buffer, fileLength: number): Front | null {
  const offset = frontBytes(bytes);
  if (offset === null || bytes.length < offset) return null;
  if (crc32(bytes.subarray(CHECKSUM, offset)) !== bytes.readUInt32LE(0)) return null;
  const start = PREFIX + bytes.readUInt32LE(12);
  // The checksum says that this is what was written: another header is of another version.
  const header = headerSchema.safeParse(JSON.parse(bytes.toString("utf8", PREFIX, start)));
  if (!header.success) return null;
  const { width } = header.data;
  if (fileLength !== offset + header.data.entries.length * width) return null;
  // A copy is aligned, and does not keep the file's bytes alive.
  const tokens = new Int32Array(new Uint8Array(bytes.subarray(start, offset)).buffer);
  let from = 0;
  const entries = header.data.entries.map(({ picture, truncated, tokens: length }): ShardEntry => {
    from += length;
    return { picture, truncated, tokens: tokens.subarray(from - length, from) };
  });
  return { entries, width, offset, checksum: bytes.readUInt32LE(20) };
}

/** The first bytes of a file; fewer where it is shorter. */
async function firstBytes(file: FileHandle, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
  return buffer.subarray(0, bytesRead);
}

/** What is before the pixels of a file; `null` where it is not sound. */
async function readFront(file: FileHandle): Promise<Front | null> {
  const { size } = await file.stat();
  const length = frontBytes(await firstBytes(file, PREFIX));
  return length === null || length > size ? null : frontOf(await firstBytes(file, length), size);
}

/** Checks the pixels of a file, which it deletes where they are damaged. */
const pixelCheck =
  (path: string, { offset, checksum }: Front) =>
  (): void => {
    if (crc32(readFileSync(path).subarray(offset)) === checksum) return;
    rmSync(path, { force: true });
    throw new DataError(
      `${path}: the file of the cache is damaged.`,
      "It was deleted. Run the same command again: it is made again.",
    );
  };

/** Opens a shard whose pixels are read, and checked, when they are asked for. */
async function openDeferred(path: string): Promise<Shard | "none" | "damaged"> {
  const file = await open(path).catch(() => null);
  if (!file) return "none";
  try {
    const front = await readFront(file);
    if (!front) return "damaged";
    const { entries, offset, width } = front;
    const pixels = filePixels(path, offset, width, pixelCheck(path, front));
    return { entries, pixels, resident: 0 };
  } finally {
    await file.close();
  }
}

/** Opens a shard and checks all of it. */
async function openWhole(path: string, keep: boolean): Promise<Shard | "none" | "damaged"> {
  const bytes = await readFile(path).catch(() => null);
  if (!bytes) return "none";
  const front = frontOf(bytes, bytes.length);
  if (!front || crc32(bytes.subarray(front.offset)) !== front.checksum) return "damaged";
  const { entries, offset, width } = front;
  if (!keep) return { entries, pixels: filePixels(path, offset, width), resident: 0 };
  const { buffer, byteOffset, length } = bytes;
  return memoryShard(entries, new Uint8Array(buffer, byteOffset + offset, length - offset), width);
}

/**
 * What is done with the pixels of a shard that is opened: `memory` and `file` check them, and keep them or read
 * them from the file each time; `later` does not read them before they are asked for, and checks them then.
 */
export type PixelPlace = "memory" | "file" | "later";

/**
 * Opens a shard and checks it.
 *
 * @param onDamaged - Is told that there is one that is not sound.
 * @returns `null` where there is none, or not a sound one.
 */
export async function openShard(
  path: string,
  place: PixelPlace,
  onDamaged?: () => void,
): Promise<Shard | null> {
  const shard = await (place === "later"
    ? openDeferred(path)
    : openWhole(path, place === "memory"));
  if (shard === "damaged") onDamaged?.();
  return typeof shard === "string" ? null : shard;
}
