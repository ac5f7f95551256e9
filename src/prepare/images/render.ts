/** @module Draws picture files as RGB of a wanted size, whatever their format, range and inks. */

import { readFileSync } from "node:fs";

import sharp, { type Metadata, type Sharp } from "sharp";

import type { DeferredImage, ImageSource } from "../../data/dataset.js";
import type { PictureFormat } from "../../data/signature.js";
import { DataError } from "../../errors.js";
import { bitmapSize, decodeBitmap } from "./bitmap.js";
import { isCutOff } from "./cutOff.js";
import { pictureFormat } from "./inspect.js";
import type { RgbPixels } from "./jpeg/decoder.js";
import { readSvg } from "./svg.js";
import { TIFF_TAGS, tiffEntries } from "./tiff.js";
import { inksToRgb, type SampleFormat, scaleValues } from "./values.js";

// Pictures are many and small: threads within one only get into each other's way, and none comes twice.
sharp.concurrency(1);
sharp.cache(false);

/** A picture that can be decoded at once. */
export type ReadyImage = Exclude<ImageSource, DeferredImage>;

type EncodedImage = Exclude<ReadyImage, { kind: "pixels" }>;

// A picture of this many pixels takes 300 MB decoded; larger ones are refused, not tried.
const MAX_PIXELS = 100_000_000;
// Twelve bytes each while their range is looked for.
const MAX_DEEP_PIXELS = 25_000_000;
const RESAVE = "save it with 32-bit floats or with 8 or 16 bits without sign";
// A drawing can ask for any amount of work in few bytes.
const MOST_SECONDS = 60;

/** How large a picture may become; its shape stays. */
export interface Box {
  readonly side: number;
  /** Whether a smaller picture is enlarged. */
  readonly enlarge: boolean;
}

/** A picture, upright, on white. */
export interface RenderedImage {
  readonly pixels: RgbPixels;
  /** Width and height of the file. */
  readonly size: readonly [number, number];
  /** What was done to values that are no colours as they are. */
  readonly note?: string;
}

/** Opens a picture with the limits that hostile files need. */
function open(source: EncodedImage): Sharp {
  const options = { limitInputPixels: MAX_PIXELS, failOn: "error" } as const;
  const picture = sharp(source.kind === "file" ? source.path : source.bytes, options);
  return picture.timeout({ seconds: MOST_SECONDS });
}

const openPixels = ({ data, width, height }: RgbPixels): Sharp =>
  sharp(data, { raw: { width, height, channels: 3 } });

const resized = (picture: Sharp, { side, enlarge }: Box): Sharp =>
  picture.rotate().resize(side, side, { fit: "inside", withoutEnlargement: !enlarge });

async function toRgb(picture: Sharp, box: Box): Promise<RgbPixels> {
  const { data, info } = await resized(picture, box)
    .flatten({ background: "#ffffff" })
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels === 3) return { data, width, height };
  throw new DataError(`the image has ${channels} channels; those of 1, 3 or 4 can be read`);
}

/** Four inks; scaled before they are mixed, as the mixture needs as much memory again. */
async function inksOf(source: EncodedImage, box: Box): Promise<RgbPixels> {
  const picture = resized(open(source).pipelineColourspace("cmyk").toColourspace("cmyk"), box);
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  if (info.channels === 4) return inksToRgb(data, info.width, info.height);
  throw new DataError(`the image has ${info.channels} channels, more than its four inks`);
}

/** The format of values that the image library would cut off at 0 and 255. */
function deepFormat({ depth, space }: Metadata): SampleFormat | null {
  if (depth === "uchar" || depth === "complex" || depth === "dpcomplex") {
    return null;
  }
  // These have a range of their own, which the library knows.
  return ["grey16", "rgb16", "lab", "labs"].includes(space) ? null : depth;
}

async function renderDeep(
  source: EncodedImage,
  box: Box,
  { width, height, space }: Metadata,
  format: SampleFormat,
): Promise<Omit<RenderedImage, "size">> {
  if (width * height > MAX_DEEP_PIXELS) {
    const most = MAX_DEEP_PIXELS / 1e6;
    throw new DataError(`the image has more than ${most} million pixels of more than 16 bits`);
  }
  const picture = open(source).rotate().pipelineColourspace(space).toColourspace(space);
  const { data, info } = await picture
    .raw({ depth: "float" })
    .toBuffer({ resolveWithObject: true });
  if (info.channels > 4) throw new DataError(`the image has ${info.channels} channels`);
  const values = new Float32Array(new Uint8Array(data).buffer);
  const { pixels, note } = scaleValues(values, info, format);
  return { pixels: await toRgb(openPixels(pixels), box), ...(note !== undefined && { note }) };
}

/** The header alone is read without a limit, to say by its numbers what is too large. */
const headerOf = (source: EncodedImage): Promise<Metadata> =>
  sharp(source.kind === "file" ? source.path : source.bytes, {
    limitInputPixels: false,
  }).metadata();

async function renderEncoded(source: EncodedImage, box: Box): Promise<RenderedImage> {
  const about = await headerOf(source);
  const size = [about.width, about.height] as const;
  if (size[0] * size[1] > MAX_PIXELS) {
    throw new DataError(`the image has more than ${MAX_PIXELS / 1e6} million pixels`);
  }
  if (about.space === "cmyk") return { pixels: await inksOf(source, box), size };
  // The library cuts its negative values off without a word.
  if (about.depth === "short") throw new DataError(`the image has signed 16-bit values; ${RESAVE}`);
  const format = deepFormat(about);
  if (format) return { ...(await renderDeep(source, box, about, format)), size };
  return { pixels: await toRgb(open(source), box), size };
}

const bytesOf = (source: EncodedImage): Buffer =>
  source.kind === "file" ? readFileSync(source.path) : Buffer.from(source.bytes);

async function renderFormat(
  source: EncodedImage,
  box: Box,
  format: PictureFormat,
): Promise<RenderedImage> {
  if (format === "svg") return renderEncoded(drawn(source), box);
  if (format !== "bmp") return renderEncoded(source, box);
  const bitmap = decodeBitmap(bytesOf(source), MAX_PIXELS);
  return { pixels: await toRgb(openPixels(bitmap), box), size: [bitmap.width, bitmap.height] };
}

const drawn = (source: EncodedImage): EncodedImage => ({
  kind: "bytes",
  bytes: readSvg(bytesOf(source)),
});

/** Why a file of a known format could not be decoded: the file tells, not the library's words. */
function failure(error: unknown, source: EncodedImage, format: PictureFormat): DataError {
  const bytes = bytesOf(source);
  if (isCutOff(bytes, format)) {
    return new DataError("the image is cut off: the file ends before the picture does");
  }
  if (format === "tiff" && tiffEntries(bytes)?.get(TIFF_TAGS.bits)?.includes(64)) {
    return new DataError(`the image has 64-bit values; ${RESAVE}`);
  }
  const [line = ""] = (error as Error).message.split("\n");
  return new DataError(`the image cannot be decoded (${line.replace(/\p{Cc}+/gu, " ").trim()})`);
}

/**
 * Draws a picture of any format.
 *
 * @throws {DataError} when there is no such file, it is no picture, broken, cut off or too large; the
 *   message has no path.
 */
export async function renderImage(source: ReadyImage, box: Box): Promise<RenderedImage> {
  if (source.kind === "pixels") {
    const { pixels: data, width, height } = source;
    return { pixels: await toRgb(openPixels({ data, width, height }), box), size: [width, height] };
  }
  const format = pictureFormat(source);
  try {
    return await renderFormat(source, box, format);
  } catch (error) {
    throw error instanceof DataError ? error : failure(error, source, format);
  }
}

/**
 * Width and height of a picture as its header says them; nothing is decoded.
 *
 * @throws {DataError} when there is no such file, it is no picture, or its header is broken; the message has no path.
 */
export async function pictureSize(source: EncodedImage): Promise<readonly [number, number]> {
  const format = pictureFormat(source);
  try {
    if (format === "bmp") return bitmapSize(bytesOf(source));
    const { width, height } = await headerOf(format === "svg" ? drawn(source) : source);
    return [width, height];
  } catch (error) {
    throw error instanceof DataError ? error : failure(error, source, format);
  }
}
