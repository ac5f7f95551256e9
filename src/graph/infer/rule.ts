/** @module The contract of shape inference, and what several rules share. */

import type { Attributes } from "../attributes.js";
import type { DType, TensorData } from "../dtype.js";
import { formatShape, ShapeError } from "../shape.js";
import type { Operand, TensorType } from "./operand.js";

/**
 * Types of an operator's outputs from its inputs and attributes.
 *
 * @throws {ShapeError} when the inputs do not fit; `op` names the operator in the message.
 */
export type InferRule = (
  inputs: readonly (Operand | null)[],
  attributes: Attributes,
  op: string,
) => readonly TensorType[];

/** The input at a position. */
export function required(inputs: readonly (Operand | null)[], index: number, op: string): Operand {
  const input = inputs[index];
  if (!input) throw new Error(`internal: ${op} lacks input ${index}.`);
  return input;
}

/** Data of a constant leaf, `undefined` for anything else. */
export function constantData(tensor: Operand | null | undefined): TensorData | undefined {
  const leaf = tensor?.node.leaf;
  return leaf?.kind === "constant" ? leaf.data : undefined;
}

/** Integers of a constant input such as axes or a shape. */
export function constantIntegers(tensor: Operand, op: string, what: string): number[] {
  const data = constantData(tensor);
  if (!data) throw new Error(`${op}: ${what} must be constant.`);
  return Array.from(data, Number);
}

/** Checks that two inputs have one element type. */
export function sameDType(op: string, a: Operand, b: Operand): DType {
  if (a.dtype !== b.dtype) {
    throw new TypeError(
      `${op}: element types must agree, got ${a.dtype}${formatShape(a.shape)} and ${b.dtype}${formatShape(b.shape)}.`,
    );
  }
  return a.dtype;
}

/** Checks the rank of an input. */
export function checkRank(op: string, tensor: Operand, rank: number): void {
  if (tensor.shape.length !== rank) {
    throw new ShapeError(op, `expects rank ${rank}`, tensor.shape);
  }
}
