/** @module Which weights of a pretrained encoder are trained, how fast, and low-rank updates. */

import { add, mul } from "../graph/functions/elementwise.js";
import { matmul } from "../graph/functions/linear.js";
import type { ImportedWeight, LinearUse } from "../graph/onnx/import/options.js";
import type { Tensor } from "../graph/tensor.js";
import { ConfigError } from "../errors.js";
import { say, setting } from "../message.js";
import { lecunUniform, zeros } from "../nn/initializers.js";
import type { ParameterScope } from "../nn/parameters.js";
import { type Blocks, blocksOf } from "./blocks.js";
import type { FinetuneSettings } from "./config.js";

/** What is decided about one encoder before it is built. */
export interface FinetunePlan {
  readonly settings: FinetuneSettings;
  readonly blocks: Blocks;
  /** Names of the weights that are trained themselves. */
  readonly trained: ReadonlySet<string>;
  /** Names of the weights that get a low-rank update. */
  readonly adapted: ReadonlySet<string>;
}

const DEFAULT_RATE = 0.01;
const DEFAULT_LORA_RATE = 0.3;

/** Names of query and value projections in exports of the usual architectures. */
const QUERIES_AND_VALUES =
  /(^|[._])(query|value|q_proj|v_proj|q_lin|v_lin|qkv|in_proj|attn)([._]|$)/i;

function isTarget({ path, name }: ImportedWeight, targets: string): boolean {
  if (targets === "all") return true;
  if (targets === "attention") return QUERIES_AND_VALUES.test(path);
  return targets.split(",").some((part) => path.includes(part.trim()) || name === part.trim());
}

function adaptedNames(
  weights: readonly ImportedWeight[],
  { mode, targets }: FinetuneSettings,
  encoder: string,
): Set<string> {
  if (mode !== "lora") return new Set();
  const linear = weights.filter(({ role }) => role === "linear");
  const chosen = linear.filter((weight) => isTarget(weight, targets));
  if (chosen.length > 0) return new Set(chosen.map(({ name }) => name));
  const known = linear.slice(0, 8).map(({ path }) => path);
  throw new ConfigError(
    `${encoder}: no linear layer matches the LoRA targets "${targets}".`,
    known.length > 0
      ? say`Its linear layers: ${known.join(", ")}${linear.length > 8 ? ", ..." : ""}; or take ${setting("model.finetune.targets", "all")}.`
      : say`It has convolutions only: take ${setting("model.finetune.mode", "last:N")} or all.`,
  );
}

/** Whether a weight of some depth is trained itself, statistics and norms aside. */
function isTrainedDepth(mode: string, depth: number, count: number): boolean {
  if (mode === "all") return true;
  const [, blocks] = mode.split(":");
  return blocks !== undefined && depth > count - Number(blocks);
}

/**
 * Decides what of an encoder is trained.
 *
 * @param weights - All its weights.
 * @param encoder - Named in errors.
 * @throws {ConfigError} where there are fewer blocks than asked for, or no layer for LoRA.
 */
export function planFinetuning(
  weights: readonly ImportedWeight[],
  settings: FinetuneSettings,
  encoder: string,
): FinetunePlan {
  const { mode, batchNorm } = settings;
  const blocks = blocksOf(weights);
  const wanted = Number(mode.split(":")[1] ?? 0);
  if (wanted > blocks.count) {
    throw new ConfigError(
      say`${encoder}: ${setting("model.finetune.mode", mode)}: the encoder has ${blocks.count} blocks.`,
      say`Take a smaller number, or ${setting("model.finetune.mode", "all")}.`,
    );
  }
  const trained = weights.filter(({ name, role }) => {
    if (role === "statistics" || (role === "batch-norm" && batchNorm === "frozen")) return false;
    return isTrainedDepth(mode, blocks.depth.get(name)!, blocks.count);
  });
  return {
    settings,
    blocks,
    trained: new Set(trained.map(({ name }) => name)),
    adapted: adaptedNames(weights, settings, encoder),
  };
}

/**
 * Factor of a weight's learning rate: the encoder's share, less by `layerDecay` for each block below the
 * last one.
 *
 * Source of the decay: Howard and Ruder, "Universal Language Model Fine-tuning", ACL 2018, section 3.2;
 * Clark et al., "ELECTRA", ICLR 2020, appendix A.
 */
export function rateOf({ settings, blocks }: FinetunePlan, name: string): number {
  const { mode, rate, layerDecay } = settings;
  const share = rate ?? (mode === "lora" ? DEFAULT_LORA_RATE : DEFAULT_RATE);
  const below = Math.max(0, blocks.count - blocks.depth.get(name)!);
  return share * layerDecay ** below;
}

/**
 * A product with a low-rank update of its weight, `x W + (alpha / rank) x A B`; `B` starts at zero.
 *
 * @param x - Input of the update, `[..., in]`, after dropout.
 * @returns `[..., out]`.
 *
 * Source: Hu et al., "LoRA", ICLR 2022, section 4.1.
 */
export function withLowRank(
  scope: ParameterScope,
  { product, weight, transposed }: LinearUse,
  x: Tensor,
  plan: FinetunePlan,
): Tensor {
  const { rank, alpha } = plan.settings;
  const [rows, columns] = weight.shape as [number, number];
  const [inSize, outSize] = transposed ? [columns, rows] : [rows, columns];
  const options = { rate: rateOf(plan, weight.name), decays: true };
  const a = scope.parameter("lora.a", [inSize, rank], lecunUniform(inSize), options);
  const b = scope.parameter("lora.b", [rank, outSize], zeros, options);
  return add(product, mul(matmul(matmul(x, a), b), alpha / rank));
}
