/** @module The cases that every evaluation measures: full input, and each impairment of the image and of the text. */

import type { Modality } from "../data/dataset.js";
import type { Impaired, Impairment, NoiseLevels } from "./impairment.js";
import { IMPAIRMENTS } from "./list.js";

type Listed = (typeof IMPAIRMENTS)[number];

/** Name of an impairment that every evaluation measures. */
export type ImpairmentName = Listed["name"];

/** Name of an impairment that the results table shows. */
export type ResultImpairment = Extract<Listed, { readonly shown: "results" }>["name"];

/** Name of an impairment with a table of its own. */
export type OwnImpairment = Exclude<ImpairmentName, ResultImpairment>;

/** The two cases of an impairment. */
export type CaseOf<N extends string> = `${Modality}-${N}`;

/** A case of the results table. */
export type Case = "full" | CaseOf<ResultImpairment>;

/** Any case. */
export type AnyCase = "full" | CaseOf<ImpairmentName>;

type Shown<N> = Impairment & { readonly name: N };

/** The impairments that the results table shows. */
export const RESULT_IMPAIRMENTS = IMPAIRMENTS.filter(
  ({ shown }) => shown === "results",
) as readonly Shown<ResultImpairment>[];

/** The impairments with tables of their own. */
export const OWN_IMPAIRMENTS = IMPAIRMENTS.filter(
  ({ shown }) => shown !== "results",
) as readonly Shown<OwnImpairment>[];

/** The two cases of an impairment, that of the image first. */
export const casesOf = <N extends string>(name: N) => [`image-${name}`, `text-${name}`] as const;

const named = <N extends string>(impairments: readonly Shown<N>[]): CaseOf<N>[] =>
  impairments.flatMap(({ name }) => casesOf(name));

/** The cases of the results table, in the order of the paper's. */
export const CASES: readonly Case[] = ["full", ...named(RESULT_IMPAIRMENTS)];

/** All cases. */
export const ALL_CASES: readonly AnyCase[] = ["full", ...named(IMPAIRMENTS as readonly Listed[])];

/** What is done to samples in the two cases of an impairment. */
export const impairedSides = ({ image, text }: Impairment, noise: NoiseLevels): Impaired[] => [
  { image: image(noise) },
  { text: text(noise) },
];

/** What is done to samples in every case, by its name. */
export const impairedCases = (noise: NoiseLevels): ReadonlyMap<AnyCase, Impaired> =>
  new Map([
    ["full", {}],
    ...IMPAIRMENTS.flatMap((impairment) => {
      const names: readonly AnyCase[] = casesOf(impairment.name);
      return impairedSides(impairment, noise).map((done, side) => [names[side]!, done] as const);
    }),
  ]);
