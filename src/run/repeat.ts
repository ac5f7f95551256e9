/** @module The settings that repeat a run: those that differ from the defaults. */

import { isObject } from "../files/json.js";
import { setting, type SettingReference } from "../message.js";
import { valueText } from "../settings/accepted.js";
import { checkConfig, type RunConfig } from "./config.js";

/** A setting that is no group, by its dotted path. */
type Leaf = readonly [path: string, value: unknown];

function leavesOf(value: unknown, path = ""): Leaf[] {
  if (!isObject(value)) return [[path, value]];
  return Object.entries(value).flatMap(([name, inner]) =>
    leavesOf(inner, path === "" ? name : `${path}.${name}`),
  );
}

/** Settings that follow from others, or stand for themselves. */
const DERIVED = new Set(["data.source", "model.modalities", "train.plannedEpochs"]);

/** Settings that choose what other settings there are. */
const CHOICE = /^(method\.name|model\.(image|text)\.(type|encoder))$/;

/** What chooses the kind of an encoder. */
function kindOf({ type, ...side }: RunConfig["model"]["image" | "text"]): Record<string, unknown> {
  return "encoder" in side ? { type, encoder: side.encoder } : { type };
}

/** The seed that a run was given: it also draws the splits. */
function seedOf({ data, train }: RunConfig, defaults: RunConfig): SettingReference[] {
  const { seed } = train;
  return seed === data.splitSeed && seed !== defaults.train.seed
    ? [setting("seed", String(seed))]
    : [];
}

/**
 * The settings that have to be given to train a run again: those that differ from the defaults of its method and
 * encoders. The source of the data is not among them.
 */
export function repeatingSettings(config: RunConfig): SettingReference[] {
  const { data, model, method } = config;
  const kinds = { image: kindOf(model.image), text: kindOf(model.text) };
  const known = checkConfig(
    { data: { source: data.source }, model: kinds, method: { name: method.name } },
    "run",
  );
  const defaults = checkConfig({}, "run");
  const seed = seedOf(config, defaults);
  const isSeed = (path: string): boolean =>
    seed.length > 0 && (path === "data.splitSeed" || path === "train.seed");
  const standard = new Map([
    ...leavesOf(known).filter(([path]) => !CHOICE.test(path)),
    ...leavesOf(defaults).filter(([path]) => CHOICE.test(path)),
  ]);
  const differs = ([path, value]: Leaf): boolean =>
    JSON.stringify(value) !== JSON.stringify(standard.get(path));
  const isNamed = (side: "image" | "text"): boolean =>
    // An encoder says its type; other settings of an input are read with its type alone.
    !("encoder" in kinds[side]) && leavesOf(model[side], `model.${side}`).some(differs);
  const given = leavesOf(config).filter((leaf) => {
    const [path] = leaf;
    if (DERIVED.has(path) || isSeed(path)) return false;
    const [, side] = /^model\.(image|text)\.type$/.exec(path) ?? [];
    return side === undefined ? differs(leaf) : isNamed(side as "image" | "text");
  });
  return [...given.map(([path, value]) => setting(path, valueText(value))), ...seed];
}
