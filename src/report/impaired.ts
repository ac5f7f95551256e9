/** @module Tables of impaired inputs beyond the cases of the results table. */

import { CORRUPTIONS } from "../impairments/corruptions/list.js";
import { NOISE_STRENGTHS } from "../impairments/noisy.js";
import type { ResultRow } from "../evaluate/aggregate.js";
import { formatSpread, type Grid } from "./table.js";

/** Which tables are shown although they are not always. */
export interface ExtraTables {
  /** Scores by the share of samples that miss a modality. */
  readonly ratios: boolean;
  /** Scores by the strength of noise. */
  readonly noise: boolean;
}

/** The mean score by the strength of noise, image and text averaged. */
function noiseGrid(rows: readonly ResultRow[]): Grid {
  return {
    title: "Average score by strength of noise, as a multiple of the noisy cases' own",
    head: ["method", ...NOISE_STRENGTHS.map((strength) => strength.toFixed(2))],
    body: rows.flatMap(({ label, noiseCurve }) =>
      noiseCurve
        ? [
            [
              label,
              ...noiseCurve.map(({ imageNoisy, textNoisy }) =>
                ((imageNoisy + textNoisy) / 2).toFixed(1),
              ),
            ],
          ]
        : [],
    ),
  };
}

/** The corruptions that some row has. */
const foundIn = (rows: readonly ResultRow[]) =>
  CORRUPTIONS.filter(({ name }) =>
    rows.some(({ corruptions }) =>
      corruptions?.kinds.some(({ corruption }) => corruption === name),
    ),
  );

/** Scores under each corruption, mean over severities. */
function corruptionGrid(rows: readonly ResultRow[]): Grid {
  const found = foundIn(rows);
  return {
    title: "Average under corruption, over severities 1 to 5",
    head: ["method", "full", ...found.map(({ caption }) => caption), "avg"],
    body: rows.flatMap(({ label, seeds, columns, corruptions }) => {
      if (!corruptions) return [];
      const cells = found.map(({ name }) => {
        const own = corruptions.kinds.find(({ corruption }) => corruption === name);
        return own ? formatSpread(own.average, seeds) : "";
      });
      const [full, average] = [columns.full, corruptions.average].map((spread) =>
        formatSpread(spread, seeds),
      ) as [string, string];
      return [[label, full, ...cells, average]];
    }),
  };
}

/** Tables of what was measured of some rows beside the cases, where it is shown. */
export const impairedGrids = (
  rows: readonly ResultRow[],
  { noise }: Pick<ExtraTables, "noise">,
): Grid[] => [
  ...(noise && rows.some(({ noiseCurve }) => noiseCurve) ? [noiseGrid(rows)] : []),
  ...(rows.some(({ corruptions }) => corruptions) ? [corruptionGrid(rows)] : []),
];
