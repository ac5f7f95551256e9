/** @module The blocks of a pretrained encoder, found from the names of its weights. */

import type { ImportedWeight } from "../graph/onnx/import/options.js";

/** Where each weight of an encoder stands. */
export interface Blocks {
  /** Number of blocks; 0 where the encoder has none that can be told apart. */
  readonly count: number;
  /** Depth by the weight's name in the file: 0 before the first block, `count + 1` after the last. */
  readonly depth: ReadonlyMap<string, number>;
}

const NUMBER = /^\d+$/;
/** A numbered block in one word, such as `layer3` or `encoder_layer_11`. */
const NUMBERED = /(layer|block|stage)s?_?\d+$/i;
/** Containers of blocks inside a stage: `stages.1.layers.0`, `layers.1.blocks.0`. */
const INNER = /^(layers|blocks)$/;

/**
 * Name of the block that a module path leads into: up to its first number, and the second where stages
 * hold blocks (`layer2.1`, `stages.1.layers.0`). `undefined` for what lies outside all blocks.
 */
export function blockName(path: string): string | undefined {
  const parts = path.split(".");
  const first = parts.findIndex((part) => NUMBER.test(part) || NUMBERED.test(part));
  // The last part names the weight itself (`weight_v2`); a number there is no container.
  if (first < 0 || first >= parts.length - 1) return undefined;
  const next = parts[first + 1]!;
  const inner = NUMBER.test(next)
    ? first + 1
    : INNER.test(next) && NUMBER.test(parts[first + 2] ?? "")
      ? first + 2
      : first;
  return parts.slice(0, inner + 1).join(".");
}

/** Weights without names: each layer is a block, and what follows it belongs to it. */
function layersAsBlocks(weights: readonly ImportedWeight[]): (string | undefined)[] {
  let current: string | undefined;
  return weights.map(({ role, name }) => {
    if (role === "linear" || role === "conv") current = name;
    return current;
  });
}

/**
 * Blocks of an encoder, in the order in which computation meets them.
 *
 * Where names say nothing, as in exports of other tools, every layer with a weight counts as a block.
 */
export function blocksOf(weights: readonly ImportedWeight[]): Blocks {
  const ordered = weights.toSorted((a, b) => a.position - b.position);
  const named = ordered.map(({ path }) => blockName(path));
  const blocks = new Set(named).size > 1 ? named : layersAsBlocks(ordered);
  const order = new Map<string, number>();
  for (const block of blocks) {
    if (block !== undefined && !order.has(block)) order.set(block, order.size + 1);
  }
  const last = blocks.findLastIndex((block) => block !== undefined);
  const depth = ordered.map(({ name }, at) => {
    const block = blocks[at];
    return [name, block ? order.get(block)! : at > last ? order.size + 1 : 0] as const;
  });
  return { count: order.size, depth: new Map(depth) };
}
