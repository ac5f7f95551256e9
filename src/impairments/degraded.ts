/** @module Features of degraded inputs: made by encoders ahead of time, looked up by how inputs were degraded. */

import type { DegradedFeatures } from "../prepare/prepared.js";
import type { ImageDegradation, TextDegradation } from "./impairment.js";

/** The name under which features of degraded inputs are kept. */
export const degradationKey = ({ by, strength }: ImageDegradation | TextDegradation): string =>
  `${by.name} ${strength}`;

/** Features of degraded inputs that were made. @throws {Error} where nobody made them. */
export function degradedRows(
  features: DegradedFeatures,
  degradation: ImageDegradation | TextDegradation,
): (at: number) => Float32Array {
  const key = degradationKey(degradation);
  const rows = features.get(key);
  if (rows) return rows;
  throw new Error(`internal: no features were made of inputs with "${key}".`);
}
