/** @module Settings that would have no effect beside others: refused where they are given. */

import { unusedSide } from "../data/modalities.js";
import { ConfigError } from "../errors.js";
import { say, setting, type Text } from "../message.js";
import { valueAt } from "../settings/explain.js";
import { type Origin, originOf } from "../settings/origin.js";
import type { RunConfig } from "./config.js";

/** Why a setting would have no effect, and what to do. */
interface Idle {
  readonly why: Text;
  readonly hint: Text;
}

/** Some settings, and why they have no effect where they have none. */
interface Rule {
  readonly paths: readonly string[];
  readonly check: (config: RunConfig) => Idle | null;
}

const finetune = (...names: readonly string[]): readonly string[] =>
  names.map((name) => `model.finetune.${name}`);

const isPretrained = ({ model }: RunConfig): boolean =>
  model.image.type === "pretrained" || model.text.type === "pretrained";

const RULES: readonly Rule[] = [
  {
    paths: finetune(
      ...["mode", "rate", "layerDecay", "rank", "alpha", "targets", "dropout", "batchNorm"],
    ),
    check: (config) =>
      isPretrained(config)
        ? null
        : {
            why: "it is for pretrained encoders, and there is none",
            hint: say`Leave it out, or name an encoder with ${setting("model.image.encoder")} or ${setting("model.text.encoder")}.`,
          },
  },
  {
    paths: finetune("rate", "layerDecay", "dropout", "batchNorm"),
    check: ({ model }) =>
      model.finetune.mode === "none"
        ? {
            why: "the pretrained encoders are frozen",
            hint: say`Leave it out, or train the encoders with ${setting("model.finetune.mode", "last:N")}, lora or all.`,
          }
        : null,
  },
  {
    paths: finetune("rank", "alpha", "targets"),
    check: ({ model }) =>
      model.finetune.mode === "lora"
        ? null
        : {
            why: "it is for low-rank updates",
            hint: say`Leave it out, or give ${setting("model.finetune.mode", "lora")}.`,
          },
  },
  {
    paths: finetune("batchNorm"),
    check: ({ model }) =>
      model.finetune.mode === "lora"
        ? { why: "low-rank updates leave normalisations as they are", hint: "Leave it out." }
        : null,
  },
  ...(["image", "text"] as const).map((side): Rule => ({
    paths: side === "text" ? ["evaluation.textNoise", "data.maxTokens"] : ["evaluation.imageNoise"],
    check: ({ data: { modalities } }) =>
      unusedSide(modalities) === side
        ? { why: `the ${modalities}s alone are used`, hint: "Leave it out." }
        : null,
  })),
];

/** Frozen encoders without any: what was asked for is so. */
const isTrue = (path: string, value: unknown): boolean =>
  path === "model.finetune.mode" && value === "none";

/**
 * Stops at settings that would have no effect beside the others.
 *
 * @param settings - As they were given: what is not there has its default, which is nobody's wish.
 * @param config - The same, checked and complete.
 * @param from - Where they come from, for errors.
 * @throws {ConfigError} naming the setting, and why it has no effect.
 */
export function refuseIdle(
  settings: Readonly<Record<string, unknown>>,
  config: RunConfig,
  from: Origin | string,
): void {
  for (const { paths, check } of RULES) {
    const given = paths.flatMap((path) => {
      const value = valueAt(settings, path.split("."));
      return value === undefined || isTrue(path, value) ? [] : [{ path, value }];
    });
    const [first] = given;
    const idle = first && check(config);
    if (!idle) continue;
    const { path, value } = first;
    throw new ConfigError(
      say`${originOf(from).written(path, value)}: it has no effect, because ${idle.why}.`,
      idle.hint,
    );
  }
}
