/** @module What a comparison trains: entries (a method with settings) times seeds. */

import { z } from "zod";

import { fusionsOf } from "../balance/supports.js";
import { lateFusion } from "../balance/remedies/lateFusion.js";
import { linearMethod } from "../companion/method.js";
import type { Modalities } from "../data/dataset.js";
import { FUSIONS } from "../model/config.js";
import { say, setting } from "../message.js";
import { ADDITIVE_FUSIONS, type Fusion } from "../model/fusion.js";
import { checkConfig, type RunConfig } from "../run/config.js";
import { findRunMethod, isFitted } from "../run/methods.js";
import type { RunStore } from "../run/store.js";
import type { SealedKind } from "../files/sealed.js";
import { assignment, type Origin } from "../settings/origin.js";

/** Schema of {@link Entry}. */
export const entrySchema = z.strictObject({
  label: z.string(),
  method: z.string(),
  options: z.record(z.string(), z.unknown()),
  model: z.record(z.string(), z.unknown()),
  train: z.record(z.string(), z.unknown()),
});

/** A row of the comparison: a method with options, and model or training settings of its own. */
export type Entry = z.infer<typeof entrySchema>;

/** Folder of an entry's runs in comparisons that named it by the label and did not note it. */
export const folderOfLabel = (label: string): string =>
  label.replace(/[^a-z0-9]+/gi, "-").toLowerCase();

/** Schema of {@link PlannedEntry}. */
export const plannedEntry = entrySchema
  .extend({ folder: z.string().optional() })
  .transform(({ folder, ...entry }) => ({
    ...entry,
    folder: folder ?? folderOfLabel(entry.label),
  }));

/** An entry with the folder of its runs, which says whose they are: labels are for people. */
export type PlannedEntry = z.infer<typeof plannedEntry>;

/** Schema of {@link ComparisonPlan}, as stored in `compare.json`. */
export const comparisonPlan = z.strictObject({
  entries: z.array(plannedEntry),
  seeds: z.array(z.int()),
  /** Trials of the search before the comparison; 0: none. */
  tune: z.int(),
  base: z.record(z.string(), z.unknown()),
  /** Threads of each run whose settings do not say it: the same after a stop, on any machine. */
  threads: z.int().min(1).exactOptional(),
});

/** `compare.json`. */
export const PLAN_FILE: SealedKind<ComparisonPlan> = {
  what: "the plan of a comparison",
  format: 2,
  schema: comparisonPlan,
  hint: "Restore the file from a copy, or compare into another folder.",
};

/** A comparison: what an entry does not set itself is the same for all, seed by seed. */
export type ComparisonPlan = z.infer<typeof comparisonPlan>;

/** One run of a comparison. */
export interface PlannedRun {
  readonly entry: PlannedEntry;
  readonly seed: number;
  readonly store: RunStore;
  readonly config: RunConfig;
}

/** A row of a method: with its defaults, labelled by its name, where nothing else is given. */
export const methodEntry = (method: string, given: Partial<Entry> = {}): Entry => ({
  label: method,
  options: {},
  model: {},
  train: {},
  ...given,
  method,
});

/** Rows of every comparison that names none; the first is the one that others are compared with. */
const NETWORKS = ["joint", "balgrad", "robust"];

/** What a comparison's data and model allow. */
export interface Possible {
  /** Whether regressions can see both modalities. */
  readonly linear: boolean;
  /** Which modalities are used. */
  readonly modalities: Modalities;
  readonly fusion: Fusion;
}

/** The simple rivals that any method has to be better than, as far as they are possible; the simplest first. */
export const baselines = ({ linear, modalities, fusion }: Possible): string[] => [
  ...(linear ? [linearMethod.name] : []),
  ...(modalities === "both" && ADDITIVE_FUSIONS.includes(fusion) ? [lateFusion.name] : []),
];

/** The rows of a comparison that names none. */
export function defaultEntries(possible: Possible): Entry[] {
  const [first = "", ...others] = NETWORKS;
  return [first, ...baselines(possible), ...others].map((name) => methodEntry(name));
}

/** The paper's table 2: BalGrad's two parts, each on and off. */
export function ablationEntries(): Entry[] {
  const variant = (label: string, options: Entry["options"]): Entry =>
    methodEntry("balgrad", { label, options });
  return [
    methodEntry("joint"),
    variant("neither", { reweighting: false, projection: false }),
    variant("reweighting only", { projection: false }),
    variant("projection only", { reweighting: false }),
    methodEntry("balgrad"),
  ];
}

/** Fusions that join embeddings; `cosine` belongs to one method. */
const JOINING = FUSIONS.filter((fusion) => fusion !== "cosine");

/** Figure 8: each entry with each fusion that its method works with; once where it has none. */
export function fusionEntries(entries: readonly Entry[]): Entry[] {
  const rowFusions = ({ method }: Entry): readonly string[] => {
    const fusions = fusionsOf(findRunMethod(method));
    const joining = JOINING.filter((fusion) => fusions.includes(fusion));
    return joining.length > 0 ? joining : fusions;
  };
  const fused = entries.filter(({ method }) => !isFitted({ name: method }));
  const others = entries.filter((one) => !fused.includes(one));
  const rows = FUSIONS.flatMap((fusion) =>
    fused
      .filter((one) => rowFusions(one).includes(fusion))
      .map((one) => ({
        ...one,
        label: `${one.label}, ${fusion}`,
        model: { ...one.model, fusion },
      })),
  );
  return [...rows, ...others];
}

/** Settings as they were given, in groups. */
export type Settings = Readonly<Record<string, unknown>>;

/** Whether a setting is a group of settings. */
export const isGroup = (value: unknown): value is Settings =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Settings with others laid over them, group by group. */
function overlaid(base: Settings, over: Settings): Settings {
  const entries = Object.entries(over).map(([name, value]) => {
    const below = base[name];
    return [name, isGroup(below) && isGroup(value) ? overlaid(below, value) : value] as const;
  });
  return { ...base, ...Object.fromEntries(entries) };
}

/** Settings with those of an entry, which go first. */
export const withEntry = (base: Settings, { method, options, model, train }: Entry): Settings => ({
  ...overlaid(base, { model, train }),
  method: { name: method, options },
});

/** Settings with a seed, which sets the weights, the shuffling and, where they give none for it, a drawn split. */
export function withSeed(base: Settings, seed: number): Settings {
  const seeded = overlaid(base, { train: { seed } });
  return overlaid({ data: { splitSeed: seed } }, seeded);
}

/** Settings with another fold of the validation. */
export const withFold = (base: Settings, fold: number): Settings =>
  overlaid(base, { data: { fold } });

/** Settings of a trial: judged on the validation split, it never sees the test split, nor costs what is not judged. */
export const asTrial = (base: Settings): Settings =>
  overlaid(base, { evaluation: { split: "validation", noiseCurve: false, corruptions: [] } });

/** A row's settings as errors name them: by the row, which people name, and the setting in it. */
export const rowOrigin = ({ label }: Entry): Origin => ({
  written: (path, value) =>
    say`${setting("methods", label)}: ${assignment(path.replace(/^method\.options\./, ""), value)}`,
});

/** Settings of one run. */
export const runSettings = (base: Settings, entry: Entry, seed: number): RunConfig =>
  checkConfig(withSeed(withEntry(base, entry), seed), rowOrigin(entry));

/** Settings of a plan's runs that are no entry's. */
export const baseSettings = ({ base, threads }: ComparisonPlan): Settings =>
  threads === undefined ? base : overlaid({ train: { threads } }, base);

/** All runs of a plan, seed by seed, so that an early stop leaves whole seeds behind. */
export function plannedRuns(plan: ComparisonPlan, out: RunStore): PlannedRun[] {
  const base = baseSettings(plan);
  return plan.seeds.flatMap((seed) =>
    plan.entries.map((one) => ({
      entry: one,
      seed,
      store: out.inside(one.folder).inside(`seed-${seed}`),
      config: runSettings(base, one, seed),
    })),
  );
}
