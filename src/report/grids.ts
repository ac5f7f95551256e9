/** @module What a comparison tells beside its results: differences, validation, Shapley, ratios. */

import type { Interval } from "../evaluate/scores/bootstrap.js";
import {
  type ComparisonRow,
  DIFFERENCES,
  type PrecisionRow,
  RANKED,
  type OwnRow,
  VALIDATED,
} from "../compare/summary.js";
import { COLUMNS } from "../evaluate/aggregate.js";
import { OWN_IMPAIRMENTS, type OwnImpairment, casesOf } from "../impairments/cases.js";
import type { Impairment } from "../impairments/impairment.js";
import { type ExtraTables, impairedGrids } from "./impaired.js";
import { formatSpread, formatValue, type Grid, HEADINGS, publishedLabel } from "./table.js";

const points = (value: number): string => `${value > 0 ? "+" : ""}${value.toFixed(1)}`;
/** A difference in points with its interval. */
export const interval = ({ mean, low, high }: Interval): string =>
  `${points(mean)} [${points(low)}, ${points(high)}]`;

const DIFFERENCE_HEADINGS: Readonly<Record<(typeof DIFFERENCES)[number], string>> = {
  full: "full",
  "missing-average": "missing avg",
  "missing-gap": "missing gap",
  "noisy-average": "noisy avg",
};

/** Each row against the first, over the seeds that both have. */
export function differencesGrid(rows: readonly ComparisonRow[]): Grid {
  const base = rows[0]!.label;
  return {
    title: `Paired differences to ${base} in points, with 95 % bootstrap intervals over seeds; time as a multiple`,
    head: ["method", ...DIFFERENCES.map((name) => DIFFERENCE_HEADINGS[name]), "time"],
    body: rows.map(({ label, differences, relativeTime }) => [
      label,
      ...DIFFERENCES.map((name) => (differences ? interval(differences[name]) : "")),
      relativeTime.toFixed(2),
    ]),
  };
}

function shapleyGrid(rows: readonly ComparisonRow[]): Grid {
  return {
    title:
      "Shapley values: what each modality adds to the score, in points; imbalance: their distance",
    head: ["method", "image", "text", "imbalance"],
    body: rows.map(({ label, shapley }) => [
      label,
      ...(["image", "text", "imbalance"] as const).map((name) => shapley[name].mean.toFixed(1)),
    ]),
  };
}

/** The mean score by the share of samples that lack a modality, image and text averaged. */
function ratioGrid(rows: readonly ComparisonRow[]): Grid {
  return {
    title: "Average score by missing ratio",
    head: ["method", ...rows[0]!.ratios.map(({ ratio }) => ratio.toFixed(2))],
    body: rows.map(({ label, ratios }) => [
      label,
      ...ratios.map(({ imageMissing, textMissing }) =>
        ((imageMissing + textMissing) / 2).toFixed(1),
      ),
    ]),
  };
}

const VALIDATION_HEADINGS: Readonly<Record<(typeof VALIDATED)[number], string>> = {
  full: "full",
  imageMissing: "image missing",
  textMissing: "text missing",
  missing: "avg",
  balanced: "balanced",
  image: "image head",
  text: "text head",
};

function validationGrid(rows: readonly ComparisonRow[]): Grid {
  return {
    title:
      "Validation split at the best epoch, for choosing settings; heads: each modality's own classifier",
    head: ["method", ...VALIDATED.map((name) => VALIDATION_HEADINGS[name])],
    body: rows.map(({ label, seeds, validation }) => [
      label,
      ...VALIDATED.map((name) => formatSpread(validation[name], seeds.length)),
    ]),
  };
}

/** Multi-label scores as published: a label is decided for above one half. */
function publishedGrid(rows: readonly ComparisonRow[]): Grid {
  return {
    title: "As published, with a threshold of 0.5 for every label",
    head: ["method", ...COLUMNS.map((column) => HEADINGS[column])],
    body: rows.flatMap(({ label, published }) =>
      published ? [[label, ...COLUMNS.map((column) => formatValue(published, column))]] : [],
    ),
  };
}

/** How well labels are ranked, whatever the thresholds. */
function precisionGrid(rows: readonly ComparisonRow[]): Grid {
  const cells = (label: string, row: PrecisionRow, seeds: number): string[] => [
    label,
    ...RANKED.map((name) => formatSpread(row[name], seeds)),
  ];
  return {
    title: "Mean average precision, percent; no threshold changes it",
    head: ["method", ...RANKED.map((name) => HEADINGS[name])],
    body: rows.flatMap(({ protocol, aware, averagePrecision, seeds }) =>
      averagePrecision
        ? [
            cells(protocol.label, averagePrecision.protocol, seeds.length),
            cells(aware.label, averagePrecision.aware, seeds.length),
          ]
        : [],
    ),
  };
}

/** How answers stand an impairment that is not in the results table. */
function ownGrid(
  { name, caption, shown }: Impairment & { readonly name: OwnImpairment },
  rows: readonly ComparisonRow[],
): Grid {
  const cells = (label: string, row: OwnRow<OwnImpairment>, seeds: number): string[] => [
    label,
    ...[...casesOf(name), "average" as const].map((column) => formatSpread(row[column], seeds)),
  ];
  return {
    title: shown === "results" ? caption : shown.title,
    head: ["method", `image ${caption}`, `text ${caption}`, "avg"],
    body: rows.flatMap(({ protocol, aware, seeds, ...row }) => {
      const own = row[name];
      if (!own) return [];
      return [
        cells(protocol.label, own.protocol, seeds.length),
        cells(aware.label, own.aware, seeds.length),
      ];
    }),
  };
}

/** All tables of a comparison beside the results. */
export const gridsOf = (rows: readonly ComparisonRow[], extra: ExtraTables): Grid[] => [
  ...(rows.some(({ published }) => published) ? [publishedGrid(rows), precisionGrid(rows)] : []),
  ...OWN_IMPAIRMENTS.flatMap((impairment) =>
    rows.some((row) => row[impairment.name]) ? [ownGrid(impairment, rows)] : [],
  ),
  ...impairedGrids(
    rows.flatMap(({ label, protocol, aware, published }) => [
      ...[protocol, aware],
      ...(published ? [{ ...published, label: publishedLabel(label) }] : []),
    ]),
    extra,
  ),
  differencesGrid(rows),
  validationGrid(rows),
  shapleyGrid(rows),
  ...(extra.ratios ? [ratioGrid(rows)] : []),
];
