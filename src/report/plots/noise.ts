/** @module Score as noise gets stronger. */

import type { ResultRow } from "../../evaluate/aggregate.js";
import { plotImpaired } from "./impaired.js";
import type { Drawing } from "./plot.js";

/** Draws the scores by strength of noise, from none on; `null` where no row has them. */
export function plotNoise(rows: readonly ResultRow[], mainScore: string): Drawing | null {
  const curves = rows.flatMap(({ label, columns, noiseCurve }) => {
    if (!noiseCurve) return [];
    const full = columns.full.mean;
    const noisy = noiseCurve.map(({ strength, imageNoisy, textNoisy }) => ({
      ...{ at: strength, image: imageNoisy, text: textNoisy },
    }));
    return [{ label, points: [{ at: 0, image: full, text: full }, ...noisy] }];
  });
  if (curves.length === 0) return null;
  return plotImpaired(curves, mainScore, {
    title: "Score by strength of noise",
    axis: "strength of the noise, as a multiple of the noisy cases' own",
    impaired: "noisy",
  });
}
