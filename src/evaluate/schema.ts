/** @module Schemas of results that are written to files and read back. */

import { z } from "zod";

import { LABEL_KINDS, SCORES } from "../data/dataset.js";
import {
  ALL_CASES,
  CASES,
  casesOf,
  OWN_IMPAIRMENTS,
  RESULT_IMPAIRMENTS,
} from "../impairments/cases.js";
import { CORRUPTION_NAMES } from "../impairments/further.js";
import { type AwareModel, SPEAKERS } from "./aware.js";
import type { Scores } from "./scores/metrics.js";
import { EXPERTS } from "./predictor.js";
import { PRESENCES } from "./presence.js";
import type { ProtocolResult, ProtocolRow } from "./result.js";
import { numberOrNull, wholeNumber } from "../files/schema.js";

const share = z.number().min(0).max(1);

/** An object with exactly these keys. */
const keyed = <K extends string, V>(keys: readonly K[], value: z.ZodType<V>) =>
  z.record(z.enum(keys), value);

const scores: z.ZodType<Scores> = z.strictObject({
  accuracy: numberOrNull,
  macroF1: numberOrNull,
  microF1: numberOrNull,
  weightedF1: numberOrNull,
  samplesF1: numberOrNull,
  auroc: z.number().nullable(),
  // Older versions had none.
  averagePrecision: z.number().nullable().default(null),
  logLoss: numberOrNull,
  calibrationError: numberOrNull,
});

const pair = z.strictObject({ average: numberOrNull, gap: numberOrNull });

const interval = z.strictObject({ low: numberOrNull, high: numberOrNull });

const noise = z.strictObject({ image: z.number().min(0), text: share });

const noisePoint = z.strictObject({
  strength: z.number().min(0),
  noise,
  imageNoisy: numberOrNull,
  textNoisy: numberOrNull,
});

const corruption = z.strictObject({
  corruption: z.enum(CORRUPTION_NAMES),
  severities: z.array(numberOrNull),
  average: numberOrNull,
});

const ownPair = (name: string) =>
  z.strictObject({
    average: numberOrNull,
    gap: numberOrNull,
    scores: keyed(casesOf(name), numberOrNull),
  });

const row = z.strictObject({
  cases: keyed(CASES, scores),
  scores: keyed(CASES, numberOrNull),
  // Older versions had none.
  intervals: keyed(ALL_CASES, interval).nullable().default(null),
  ...Object.fromEntries(RESULT_IMPAIRMENTS.map(({ name }) => [name, pair])),
  // Versions that did not measure them have none.
  ...Object.fromEntries(
    OWN_IMPAIRMENTS.map(({ name }) => [name, ownPair(name).nullable().default(null)]),
  ),
  // Older versions had neither.
  noiseCurve: z.array(noisePoint).nullable().default(null),
  corruptions: z.array(corruption).nullable().default(null),
  negativeTransfer: z.array(z.enum(CASES)),
  confusion: z.array(z.array(wholeNumber)),
}) as z.ZodType<object> as z.ZodType<ProtocolRow>;

/** Schema of {@link ProtocolResult}. */
export const protocolResult: z.ZodType<ProtocolResult> = z.strictObject({
  split: z.string(),
  samples: wholeNumber,
  mainScore: z.enum(SCORES),
  noise,
  protocol: row,
  published: row.nullable().default(null),
  aware: row,
  shapley: z.strictObject({ image: numberOrNull, text: numberOrNull }),
  ratios: z.array(
    z.strictObject({ ratio: share, imageMissing: numberOrNull, textMissing: numberOrNull }),
  ),
});

const thresholds = keyed(PRESENCES, z.array(share));

/** What format 2 called `task` is the kind of labels; what is no object is left for its schema to refuse. */
export function withLabelKind(content: unknown): unknown {
  if (typeof content !== "object" || content === null) return content;
  const { task, ...rest } = content as Readonly<Record<string, unknown>>;
  return { ...rest, labelKind: task };
}

/** Schema of {@link AwareModel}. */
export const awareModel: z.ZodType<AwareModel> = z.strictObject({
  labelKind: z.enum(LABEL_KINDS),
  classes: z.int().min(1),
  temperatures: z.partialRecord(z.enum(EXPERTS), z.number().positive()),
  // Models of before had equal shares.
  companionShares: z.partialRecord(z.enum(SPEAKERS.both), share).default({}),
  gate: z.strictObject({
    mean: z.array(z.number()),
    scale: z.array(z.number()),
    weights: z.array(z.array(z.number())).length(3),
    bias: z.array(z.number()).length(3),
  }),
  thresholds: z.strictObject({ aware: thresholds, joint: thresholds }).nullable().default(null),
  unusual: z.strictObject({ image: z.number(), text: z.number() }).nullable().default(null),
});
