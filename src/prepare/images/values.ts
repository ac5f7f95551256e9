/** @module Pixels of other ranges and inks as plain RGB. */

import type { RgbPixels } from "./jpeg/decoder.js";

const WHITE = 255;

/** Least and greatest finite value. */
function rangeOf(values: Float32Array): readonly [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}

/** How values of a picture become 0..255. */
interface Scale {
  readonly from: number;
  readonly to: number;
  /** What was done to the values, where it is no fixed rule. */
  readonly note?: string;
}

/** Sample formats of pictures, as the image library names them. */
export type SampleFormat = "float" | "double" | "ushort" | "short" | "char" | "int" | "uint";

/** Unsigned 16 bits have their own range; others are judged by their values. */
function scaleOf(values: Float32Array, format: SampleFormat): Scale {
  if (format === "ushort") return { from: 0, to: 65_535 };
  const [from, to] = rangeOf(values);
  const isReal = format === "float" || format === "double";
  if (isReal && from >= 0 && to <= 1) return { from: 0, to: 1 };
  if (from >= 0 && to <= WHITE) return { from: 0, to: WHITE };
  if (!Number.isFinite(from)) return { from: 0, to: 1, note: "it has no finite value" };
  const shown = [from, to].map((value) => Number(value.toPrecision(4))).join(" to ");
  return { from, to, note: `its values of ${shown} are shown as black to white` };
}

/** Pixels, and what was done to values that no fixed rule covers. */
export interface ScaledPixels {
  readonly pixels: RgbPixels;
  readonly note?: string;
}

/**
 * Scales a picture's values to 0..255: 16 bits without sign by 1/257; fractions from 0 to 1 by 255; values
 * within 0 to 255 stay; others are stretched from their least to their greatest, with a note. What is not
 * a finite number is black.
 *
 * @param values - Interleaved.
 * @param channels - Grey, grey and opacity, RGB, or RGB and opacity; opacity is left out.
 */
export function scaleValues(
  values: Float32Array,
  { width, height, channels }: { width: number; height: number; channels: number },
  format: SampleFormat,
): ScaledPixels {
  const colours = channels < 3 ? 1 : 3;
  const { from, to, note } = scaleOf(values, format);
  const factor = to > from ? WHITE / (to - from) : 0;
  const data = new Uint8Array(3 * width * height);
  for (let at = 0; at < data.length; at++) {
    const part = colours === 1 ? 0 : at % 3;
    const value = values[Math.floor(at / 3) * channels + part]!;
    data[at] = Number.isFinite(value) ? Math.round((value - from) * factor) : 0;
  }
  return { pixels: { data, width, height }, ...(note !== undefined && { note }) };
}

/**
 * Four inks as RGB, without a colour profile: `(255 - ink) * (255 - black) / 255`, as Pillow has it.
 *
 * @param inks - Interleaved cyan, magenta, yellow, black; 255 is full.
 */
export function inksToRgb(inks: Uint8Array, width: number, height: number): RgbPixels {
  const data = new Uint8Array(3 * width * height);
  for (let at = 0; at < data.length; at++) {
    const pixel = 4 * Math.floor(at / 3);
    const light = WHITE - inks[pixel + 3]!;
    data[at] = light - Math.round((inks[pixel + (at % 3)]! * light) / WHITE);
  }
  return { data, width, height };
}
