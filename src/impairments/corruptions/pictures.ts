/** @module What corruptions of pictures share: parameters by severity, and by the size of pictures. */

import type { PictureCorruption, PictureShape } from "../impairment.js";

/** A parameter by severity, from 1 on. */
export type Levels = readonly [number, number, number, number, number];

/** The parameter at a severity. */
export const levelAt = (levels: Levels, severity: number): number => levels[severity - 1]!;

/** Parameters of small and of large pictures. */
export type LevelsBySize = Readonly<Record<"small" | "large", Levels>>;

/** Pictures with a shorter side below this get the parameters that the source has for 32 pixels. */
const SMALL = 64;

/** Which parameters a picture gets. */
export const sizeOf = ([, height, width]: PictureShape): "small" | "large" =>
  Math.min(height, width) < SMALL ? "small" : "large";

/** Raised when the same picture, severity and seed give other pixels. */
const FORMAT = 2;

/** A corruption of pictures. */
export const ofPictures = <const N extends string>(
  name: N,
  caption: string,
  picture: PictureCorruption["picture"],
): PictureCorruption<N> => ({
  kind: "corruption",
  modality: "image",
  name,
  caption,
  cachedAs: (severity, seed) => ({ corruption: name, severity, seed, format: FORMAT }),
  picture,
});
