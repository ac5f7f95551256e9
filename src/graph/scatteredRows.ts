/** @module Recognises sums of rows in a matrix of zeros, which gradients of looked-up tables are. */

import { intOf, stringOf } from "./attributes.js";
import { add, mul } from "./functions/elementwise.js";
import { sameShape } from "./shape.js";
import type { Node, Tensor } from "./tensor.js";

/** Rows that are added up in a matrix of zeros. */
export interface ScatteredRows {
  /** Row of the matrix that each of them is added to, `[rows]`; negative ones count from the end. */
  readonly indices: Tensor;
  /** `[rows, width]`. */
  readonly rows: Tensor;
}

const isZeros = ({ node }: Tensor): boolean => {
  const leaf = node.op === "Expand" ? node.inputs[0]!.node.leaf : undefined;
  return leaf?.kind === "constant" && [...leaf.data].every((value) => Number(value) === 0);
};

/** As `scatterAddND` writes it. */
function scattered(node: Node): ScatteredRows | null {
  const isSum =
    intOf(node.attributes, "axis", 0) === 0 &&
    stringOf(node.attributes, "reduction", "none") === "add";
  const [data, places, rows] = node.inputs as [Tensor, Tensor, Tensor];
  if (!isSum || !isZeros(data) || rows.shape.length !== 2 || places.node.op !== "Expand")
    return null;
  const column = places.node.inputs[0]!;
  if (column.node.op !== "Unsqueeze" || !sameShape(column.shape, [rows.shape[0]!, 1])) return null;
  return { indices: column.node.inputs[0]!, rows };
}

function scaled(x: Tensor, factor: Tensor): ScatteredRows | null {
  const found = factor.shape.length === 0 ? scatteredRows(x) : null;
  return found && { ...found, rows: mul(found.rows, factor) };
}

/** Sums of rows at the same places. */
function added(x: Tensor, y: Tensor): ScatteredRows | null {
  const [a, b] = [scatteredRows(x), scatteredRows(y)];
  return a && b && a.indices === b.indices ? { ...a, rows: add(a.rows, b.rows) } : null;
}

/**
 * The rows that a matrix consists of, where a gradient rule added them to zeros and whatever followed only scaled or added
 * such matrices; `null` where a tensor is anything else.
 */
export function scatteredRows({ node }: Tensor): ScatteredRows | null {
  const [x, y] = node.inputs as [Tensor, Tensor];
  switch (node.op) {
    case "ScatterElements":
      return scattered(node);
    case "Mul":
      return scaled(x, y) ?? scaled(y, x);
    case "Add":
      return added(x, y);
    default:
      return null;
  }
}
