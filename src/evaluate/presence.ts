/** @module Which modalities a sample has. */

/** Which modalities a sample has. */
export const PRESENCES = ["both", "image-missing", "text-missing"] as const;

/** One of {@link PRESENCES}. */
export type Presence = (typeof PRESENCES)[number];

/** Presence of the modalities of a sample; with neither, the joint classifier's blank answer stands. */
export function presenceOf(imagePresent: number, textPresent: number): Presence {
  if (imagePresent && !textPresent) return "text-missing";
  if (textPresent && !imagePresent) return "image-missing";
  return "both";
}
