/** @module From data settings to arrays, with everything that was wrong on the way. */

import { type DataIssue, type Dataset, type Split, SPLITS } from "../data/dataset.js";
import { assertFit } from "../data/fitness.js";
import { unusedSide } from "../data/modalities.js";
import { openDataset } from "../data/open.js";
import { damagedCache } from "../prepare/cache.js";
import { prepareDataset } from "../prepare/prepare.js";
import type { PrepareOptions } from "../prepare/rows.js";
import type { PreparedDataset } from "../prepare/prepared.js";
import { keepTogether } from "../prepare/together.js";
import { ConfigError, DataError } from "../errors.js";
import { say, setting, useCase } from "../message.js";
import { applyInputs, completeData, type ModelData } from "../inputs/data.js";
import { openInputs, type OpenInputs, plainPreparations, settingsOn } from "../inputs/open.js";
import { valueAt } from "../settings/explain.js";
import { checkClassWeights } from "../train/classWeights.js";
import type { RunConfig } from "./config.js";
import { extractionOf } from "./extraction.js";
import { assertCorruptible } from "./further.js";
import { RUN_METHODS } from "./methods.js";

/** Data ready for training or evaluation. */
export interface RunData {
  readonly dataset: Dataset;
  readonly prepared: ModelData;
  /** The same samples as a model takes them that has its encoders built in: pixels and ids. */
  readonly complete: PreparedDataset;
  /** Issues of reading and of preparing. */
  readonly issues: readonly DataIssue[];
}

/** A split that models are evaluated on. */
export type EvaluatedSplit = Exclude<Split, "train">;

/** What preparing data is told. */
export interface RunDataOptions extends Pick<PrepareOptions, "cache" | "known"> {
  /** Data that are opened already; default: those that the settings name. */
  readonly dataset?: Dataset;
  /** Called once the data are opened, before they are checked and prepared. */
  readonly onOpen?: (dataset: Dataset) => void;
  /** Called as samples are read. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Split that is evaluated, with all that the settings ask for; default: that of the settings. */
  readonly evaluated?: EvaluatedSplit;
  /** Called as features of frozen encoders are made. */
  readonly onFeatures?: (done: number, total: number) => void;
  /** Settings as they were given; those without effect on the data are refused. Default: none are known. */
  readonly given?: Readonly<Record<string, unknown>>;
  /** Stops between two calls of a frozen encoder. */
  readonly signal?: AbortSignal;
  /** Whether the features of frozen encoders are made, or zeros stand for them: where only their sizes matter; default: made. */
  readonly features?: "made" | "blank";
}

/** How the data of a run are prepared for its inputs. */
export const prepareOptions = (
  { data }: Pick<RunConfig, "data">,
  { image, text }: OpenInputs,
): PrepareOptions => ({
  image: image.preparation,
  text: text.preparation,
  onBad: data.onBad,
  defersPixels: image.isFrozen === true && image.encoder !== undefined,
});

/** How data are prepared for a look at them, whatever a model takes. */
export const plainOptions = async (config: RunConfig): Promise<PrepareOptions> => ({
  ...(await plainPreparations(config)),
  onBad: config.data.onBad,
});

/**
 * Opens a data set; where its splits are drawn, samples that look alike are drawn together.
 *
 * @param onProgress - Called as samples are compared.
 * @throws {DataError} when it cannot be read.
 */
export async function openData(
  config: RunConfig,
  {
    onOpen,
    dataset: given,
    ...options
  }: Pick<RunDataOptions, "onOpen" | "onProgress" | "dataset" | "cache"> = {},
): Promise<Dataset> {
  const dataset = given ?? (await openDataset(config.data));
  onOpen?.(dataset);
  if (config.data.lookAlikes === "ignore") return dataset;
  // As a model from scratch takes them, so that such a model finds the same files in the cache.
  return keepTogether(dataset, { ...(await plainOptions(config)), ...options });
}

/** @throws {ConfigError} for settings of drawn splits where none is drawn. */
function refuseIdleDraw({ name, draw }: Dataset, { data }: RunConfig, given: object): void {
  const isDrawn = draw?.samples.some(({ unit }) => unit !== null);
  // Without units to draw, data are made or split by the seed; random captions are chosen by it.
  const hasEffect = {
    splitSeed: (isDrawn ?? true) || data.variant?.caption === "random",
    lookAlikes: isDrawn ?? false,
  };
  for (const [key, works] of Object.entries(hasEffect)) {
    const value = valueAt(given, ["data", key]) as string | number | undefined;
    if (value === undefined || works) continue;
    const why = draw ? "the data give their splits" : "look-alikes of these data are not compared";
    throw new ConfigError(
      say`${name}: ${setting(`data.${key}`, String(value))} has no effect: ${why}.`,
      draw
        ? say`Leave it out, or draw new splits with ${setting("data.splits", "draw")}.`
        : "Leave it out.",
    );
  }
}

/** Whether a dropout rate on features is somebody's wish: given, or not what the method sets by itself. */
function isWanted({ model: { inputDropout }, method }: RunConfig, given: object): boolean {
  if (inputDropout === 0) return false;
  if (valueAt(given, ["model", "inputDropout"]) !== undefined) return true;
  // Methods that a program defines are not known here.
  const known = RUN_METHODS.find(({ name }) => name === method.name);
  return known !== undefined && inputDropout !== (known.model?.inputDropout ?? 0);
}

/**
 * Stops at settings of features that no input has. What a method sets by itself is for the features that there
 * are, and is not refused.
 *
 * @throws {ConfigError} naming the setting.
 */
function refuseIdleFeatures(config: RunConfig, inputs: OpenInputs, given: object): void {
  const { model, data } = config;
  const standardise = valueAt(given, ["model", "standardise"]);
  if (!isWanted(config, given) && standardise === undefined) return;
  const unused = unusedSide(data.modalities);
  const sides = (["image", "text"] as const).filter((side) => side !== unused);
  if (sides.some((side) => inputs[side].preparation === null || inputs[side].isFrozen)) return;
  const trained = `the ${sides.join(" and the ")} encoder ${sides.length > 1 ? "are" : "is"} trained`;
  if (!isWanted(config, given)) {
    throw new ConfigError(
      say`${setting("model.standardise", String(standardise))} has no effect: it is for features, and ${trained}.`,
      "Leave it out.",
    );
  }
  throw new ConfigError(
    say`${setting("model.inputDropout", String(model.inputDropout))} has no effect: it is dropout on features, and ${trained}.`,
    say`Leave it out; ${setting("model.dropout")} is dropout on the embeddings, ${setting("model.finetune.dropout")} is dropout inside pretrained encoders.`,
  );
}

/**
 * Opens, checks and prepares a data set.
 *
 * @throws {DataError} when it cannot be trained on.
 * @throws {ConfigError} when a class weight is for a class that it does not have, or settings of the inputs
 *   have no effect on these data.
 */
export async function loadRunData(
  config: RunConfig,
  {
    onOpen,
    onProgress,
    onFeatures,
    evaluated = config.evaluation.split,
    dataset: opened,
    given: wishes = {},
    cache = true,
    known,
    features = "made",
    ...options
  }: RunDataOptions = {},
): Promise<RunData> {
  const reading = { cache, ...(onProgress && { onProgress }) };
  const dataset = await openData(config, {
    ...reading,
    ...(onOpen && { onOpen }),
    ...(opened && { dataset: opened }),
  });
  refuseIdleDraw(dataset, config, wishes);
  assertFit(dataset);
  assertCorruptible(config, dataset);
  checkClassWeights(config.train.classWeights, dataset.classes);
  const inputs = await openInputs({ ...config, model: settingsOn(config.model, dataset) });
  refuseIdleFeatures(config, inputs, wishes);
  await inputs.image.check?.();
  await inputs.text.check?.();
  const {
    prepared: raw,
    issues,
    yields,
  } = await prepareDataset(dataset, {
    ...prepareOptions(config, inputs),
    ...reading,
    ...(known && { known }),
  });
  const empty = SPLITS.find((split) => raw[split].size === 0);
  if (empty !== undefined) {
    throw new DataError(
      `${dataset.name}: no sample of the ${empty} split is usable.`,
      say`${useCase("check")} shows what was skipped and why.`,
    );
  }
  assertFit(dataset, yields);
  options.signal?.throwIfAborted();
  const damaged: DataIssue[] = [];
  const prepared = await applyInputs(raw, inputs, {
    features,
    ...extractionOf(config, evaluated),
    ...options,
    onDamaged: (path) => damaged.push(damagedCache(path)),
    ...(onFeatures && {
      onProgress: ({ done, total }) => {
        onFeatures(done, total);
      },
    }),
  });
  const complete = completeData(raw, inputs);
  return { dataset, prepared, complete, issues: [...dataset.issues, ...issues, ...damaged] };
}
