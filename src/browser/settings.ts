/** @module Settings of a training in the browser. */

import { z } from "zod";

import { configureMethod, type ConfiguredMethod } from "../balance/methods.js";
import { ConfigError } from "../errors.js";
import { bagConfig } from "../model/bag.js";
import { networkConfig } from "../model/config.js";
import { convolutionalConfig } from "../model/convolutional.js";
import { explained, valueAt } from "../settings/explain.js";
import { fieldsOf } from "../settings/fields.js";
import { programOrigin } from "../settings/origin.js";
import { trainConfig } from "../train/config.js";

const settings = z.strictObject({
  method: z.string().default("robust").describe("name of the balance method"),
  options: z.record(z.string(), z.unknown()).default({}).describe("the method's options"),
  image: convolutionalConfig.omit({ type: true }).prefault({}),
  text: bagConfig.omit({ type: true }).prefault({}),
  network: networkConfig.prefault({}),
  train: trainConfig.prefault({}),
  beside: z
    .boolean()
    .default(true)
    .describe("fit linear companions and the novelty of inputs after the training"),
});

/**
 * Settings of a training, all optional: those of `balgrad train` with the same defaults. `network` has those of
 * `model` behind the inputs, without `finetune`; `train` those of the training, without `device` and `threads`, which the
 * trainer is opened with.
 */
export type TrainingSettings = z.input<typeof settings>;

/** Settings of a training, checked and complete. */
export type CheckedSettings = Omit<z.infer<typeof settings>, "method" | "options"> & {
  readonly method: ConfiguredMethod;
};

/** What the trainer is opened with, and no training decides. */
const OPENED_WITH = ["device", "threads"];
/** What is for pretrained encoders, which a browser does not train. */
const PRETRAINED = ["finetune"];

/** Settings that have no effect are refused. */
function refuse(given: unknown, group: string, names: readonly string[], hint: string): void {
  const name = names.find((one) => valueAt(given, [group, one]) !== undefined);
  if (name !== undefined) throw new ConfigError(`${group}.${name} has no effect here.`, hint);
}

/**
 * Checks settings and fills in the defaults.
 *
 * @throws {ConfigError} naming the setting, for unknown settings and values out of range.
 */
export function checkSettings(given: unknown): CheckedSettings {
  const checked = settings.safeParse(given);
  if (!checked.success) {
    const about = { fields: fieldsOf(settings), settings: given, origin: programOrigin };
    throw explained(checked.error.issues[0]!, about);
  }
  refuse(given, "train", OPENED_WITH, "Give it to openTrainer().");
  refuse(given, "network", PRETRAINED, "Pretrained encoders are trained with Node.");
  const { method: name, options, ...others } = checked.data;
  const method = configureMethod(name, options);
  const own = (given as TrainingSettings).network;
  return { ...others, method, network: networkConfig.parse({ ...method.method.model, ...own }) };
}
