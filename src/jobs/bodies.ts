/** @module What the jobs of this project say: keys and settings, checked on both sides. */

import { z } from "zod";

import { entrySchema } from "../compare/plan.js";
import { SPLITS } from "../data/dataset.js";
import { ConfigError } from "../errors.js";
import { digestOf } from "../files/sealed.js";
import { sha256, wholeNumber } from "../files/schema.js";
import { VERSION } from "../version.js";
import { sharedEncoders } from "./encoders.js";

const settings = z.record(z.string(), z.unknown());

/** Id of a job. */
const jobId = z.string().min(1);

/** Features of some samples of a split, made by frozen encoders. */
export const encodeBody = z.strictObject({
  /** Digest of the {@link taskSettings}. */
  task: sha256,
  split: z.enum(SPLITS),
  /** Place of the first sample in the prepared split. */
  first: wholeNumber,
  /** Places of the samples in the published data set: from, and to before which. */
  samples: z.array(z.tuple([wholeNumber, wholeNumber])),
});

/** What the jobs of one extraction have in common. */
export const taskSettings = z.strictObject({
  /** Settings of a run. */
  config: settings,
  /** Digest of the published data set. */
  data: sha256,
  encoders: sharedEncoders,
});

/** The list of all features of a data set, made once their shards are there. */
export const featuresBody = z.strictObject({ shards: z.array(jobId) });

/** A run, trained and evaluated. */
export const trainBody = taskSettings.extend({
  /** Job that lists the features of frozen encoders; `null` where there are none. */
  features: jobId.nullable(),
});

/** Tables and report of a comparison whose runs have ended. */
export const summaryBody = z.strictObject({
  /** Settings of the comparison, as they were given. */
  settings,
  /** Which rows were asked for. */
  rows: z.strictObject({
    named: z.array(entrySchema).exactOptional(),
    ablation: z.boolean().exactOptional(),
    acrossFusions: z.boolean().exactOptional(),
  }),
  seeds: wholeNumber,
  missingRatio: z.boolean(),
  /** Name of the comparison. */
  group: z.string().min(1),
  /** Runs at a time on one machine, which share its cores. */
  jobs: wholeNumber,
  data: sha256,
  encoders: sharedEncoders,
  features: jobId.nullable(),
  /** The runs, by the path of their folder in the comparison's. */
  runs: z.array(z.strictObject({ path: z.string(), job: jobId })),
});

/** What each kind of job says. */
export const BODIES = {
  encode: encodeBody,
  features: featuresBody,
  train: trainBody,
  summary: summaryBody,
} as const;

/** Kind of a job. */
export type JobKind = keyof typeof BODIES;

/** What a kind of job says. */
export type BodyOf<K extends JobKind> = z.infer<(typeof BODIES)[K]>;

/**
 * What a job says, checked.
 *
 * @throws {ConfigError} where it is not what its kind says.
 */
export function bodyOf<K extends JobKind>(kind: K, payload: unknown): BodyOf<K> {
  const checked = BODIES[kind].safeParse(payload);
  if (checked.success) return checked.data as BodyOf<K>;
  const { path, message } = checked.error.issues[0]!;
  throw new ConfigError(`A ${kind} job cannot be read: ${path.join(".")}: ${message}.`);
}

/**
 * The kind of a job by its name.
 *
 * @throws {ConfigError} for another.
 */
export function kindOf(name: string): JobKind {
  if (Object.hasOwn(BODIES, name)) return name as JobKind;
  throw new ConfigError(
    `${name}: no job is of this kind.`,
    `Expected one of ${Object.keys(BODIES).join(", ")}.`,
  );
}

const DIGITS = 32;

/**
 * Id of a job: what it says, by the version that is to do it, decides what it makes. Two jobs of the same id make the same bytes.
 */
export function idOf<K extends JobKind>(kind: K, body: BodyOf<K>): string {
  const text = JSON.stringify([VERSION, kind, body]);
  return `${kind}-${digestOf(Buffer.from(text)).slice(0, DIGITS)}`;
}
