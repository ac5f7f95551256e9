/** @module Attention layers as ONNX Runtime's optimizer merges them. */

import * as f from "../../../functions/elementwise.js";
import * as layout from "../../../functions/layout.js";
import { matmul } from "../../../functions/linear.js";
import type { Dim } from "../../../shape.js";
import type { Tensor } from "../../../tensor.js";
import type { Operator, OperatorCall } from "../call.js";
import { product } from "./linear.js";

/** `[batch, tokens, size]` as `[batch, heads, tokens, size / heads]`. */
function split(x: Tensor, heads: number): Tensor {
  const [batch, tokens, size] = x.shape as [Dim, Dim, number];
  return layout.transpose(layout.reshape(x, [batch, tokens, heads, size / heads]), [0, 2, 1, 3]);
}

/** Heads joined again. */
function merge(x: Tensor): Tensor {
  const [batch, heads, tokens, size] = x.shape as [Dim, number, Dim, number];
  return layout.reshape(layout.transpose(x, [0, 2, 1, 3]), [batch, tokens, heads * size]);
}

/** Additive mask from one that is positive at open positions. */
function closing(call: OperatorCall, open: Tensor): Tensor {
  return f.where(f.greater(open, 0), 0, call.float("mask_filter_value", -10000));
}

/**
 * Additive mask over scores `[batch, heads, queries, keys]` from a mask over keys: their number
 * `[batch]`, which of them are open `[batch, keys]`, or so per query `[batch, queries, keys]`.
 */
function keyMask(call: OperatorCall, mask: Tensor, keys: number): Tensor {
  if (mask.shape.length === 1) {
    const places = call.graph.constant(mask.dtype, [1, keys], [...Array(keys).keys()]);
    const inside = f.less(places, layout.unsqueeze(mask, [1]));
    return closing(call, layout.unsqueeze(f.cast(inside, "int32"), [1, 2]));
  }
  if (mask.shape.length === 4) return closing(call, mask);
  return closing(call, layout.unsqueeze(mask, mask.shape.length === 3 ? [1] : [1, 2]));
}

/** Additive mask that hides later keys from each query. */
function causalMask(call: OperatorCall, queries: number, keys: number): Tensor {
  const closed = call.float("mask_filter_value", -10000);
  const values = Array.from({ length: queries * keys }, (_, at) =>
    at % keys > Math.floor(at / keys) + keys - queries ? closed : 0,
  );
  return call.graph.constant("float32", [queries, keys], values);
}

/** Softmax attention of `[batch, tokens, size]` queries, keys and values. */
function attend(
  call: OperatorCall,
  [queries, keys, values]: readonly Tensor[],
  masks: { readonly open: Tensor | undefined; readonly added: Tensor | undefined },
): Tensor {
  const heads = call.int("num_heads", 1);
  const [q, k, v] = [split(queries!, heads), split(keys!, heads), split(values!, heads)];
  const scale = call.float("scale", 0) || 1 / Math.sqrt(q.shape[3] as number);
  const [rows, columns] = [q.shape[2] as number, k.shape[2] as number];
  const scores = f.mul(matmul(q, layout.matrixTranspose(k)), scale);
  const added = [
    masks.added,
    masks.open && keyMask(call, masks.open, columns),
    call.int("unidirectional", 0) === 1 ? causalMask(call, rows, columns) : undefined,
  ].filter((mask) => mask !== undefined);
  return merge(matmul(f.softmax(added.reduce(f.add, scores)), v));
}

/** Parts of the last axis. */
function parts(x: Tensor, sizes: readonly number[]): Tensor[] {
  let start = 0;
  return sizes.map((size) => {
    const part = layout.slice(x, [{ axis: x.shape.length - 1, start, end: start + size }]);
    start += size;
    return part;
  });
}

const thirds = (size: number): number[] => [size / 3, size / 3, size / 3];

function refusePast(call: OperatorCall, ...inputs: readonly number[]): void {
  if (inputs.some((index) => call.has(index)))
    call.fail("keys and values of the past are not supported.");
}

/** One product for queries, keys and values. */
const attention: Operator = (call) => {
  refusePast(call, 4, 6);
  if (call.int("do_rotary", 0) === 1) call.fail("rotary positions are not supported.");
  const projected = product(call, call.tensor(0), call.tensor(1, "linear"));
  const packed = call.has(2) ? f.add(projected, call.tensor(2, "bias")) : projected;
  const sizes = call.ints("qkv_hidden_sizes") ?? thirds(packed.shape.at(-1) as number);
  return attend(call, parts(packed, sizes), { open: call.optional(3), added: call.optional(5) });
};

const multiHeadAttention: Operator = (call) => {
  refusePast(call, 6, 7);
  if (!call.has(1) || !call.has(2))
    return call.fail("packed queries, keys and values are not supported.");
  const inputs = [call.tensor(0), call.tensor(1), call.tensor(2)];
  const biases = call.has(3)
    ? parts(
        call.tensor(3, "bias"),
        inputs.map((x) => x.shape.at(-1) as number),
      )
    : [];
  const shifted = inputs.map((x, at) => (biases[at] ? f.add(x, biases[at]) : x));
  return attend(call, shifted, { open: call.optional(4), added: call.optional(5) });
};

export const microsoftAttention: Readonly<Record<string, Operator>> = {
  Attention: attention,
  MultiHeadAttention: multiHeadAttention,
};
