/** @module Pictures for miniature data sets: noisy squares whose hue tells the class. */

import sharp from "sharp";

import { type Random, randomStream } from "../../src/random.js";

/** File formats of {@link picture}. */
export type PictureFormat = "jpeg" | "png" | "gif";

/** What else a picture may be. */
export interface PictureOptions {
  /** One channel. */
  readonly grey?: boolean;
  /** Four inks; JPEG only. */
  readonly cmyk?: boolean;
  /** With half-transparent pixels; not in JPEG. */
  readonly alpha?: boolean;
  /** Width and height in pixels; default about 40 by 30, by the seed. */
  readonly size?: readonly [number, number];
}

// Of 0..255, to each side of the hue's colour.
const NOISE = 24;

/** Red, green and blue of a hue in degrees, 0..255, with saturation 0.8 and value 0.8. */
function colourOf(hue: number): [number, number, number] {
  const channel = (offset: number): number => {
    const sector = (offset + hue / 60) % 6;
    return 204 * (1 - 0.8 * Math.max(0, Math.min(sector, 4 - sector, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}

/** Interleaved pixels of a hue with noise; a fourth channel is opacity. */
function pixelsOf(random: Random, hue: number, area: number, channels: 3 | 4): Uint8Array {
  const colour = colourOf(hue);
  const pixels = new Uint8Array(area * channels);
  for (let at = 0; at < pixels.length; at++) {
    const base = colour[at % channels];
    pixels[at] =
      base === undefined
        ? 128 + random.integer(128)
        : Math.min(255, Math.max(0, base - NOISE + random.integer(2 * NOISE + 1)));
  }
  return pixels;
}

/**
 * A picture file of one hue with noise; no two seeds give the same.
 *
 * @param hue - Degrees, `[0, 360)`.
 */
export function picture(
  seed: number,
  hue: number,
  format: PictureFormat,
  { grey = false, cmyk = false, alpha = false, size }: PictureOptions = {},
): Promise<Buffer> {
  const random = randomStream(seed, "picture", hue);
  const [width, height] = size ?? [36 + random.integer(9), 26 + random.integer(9)];
  const channels = alpha ? 4 : 3;
  const pixels = pixelsOf(random, hue, width * height, channels);
  const image = sharp(pixels, { raw: { width, height, channels } });
  if (cmyk) image.toColourspace("cmyk");
  if (grey) image.toColourspace("b-w");
  return image.toFormat(format).toBuffer();
}

/** A JPEG file cut in the middle of its pixels: its size can be read, the lower half is gone. */
export async function brokenJpeg(seed: number): Promise<Buffer> {
  const whole = await picture(seed, 0, "jpeg", { size: [64, 48] });
  const scan = whole.indexOf(Buffer.of(0xff, 0xda));
  return whole.subarray(0, Math.floor((scan + whole.length) / 2));
}
