/** @module Shape inference of gathers and scatters. */

import { intOf } from "../attributes.js";
import { checkAxis, sameShape, ShapeError } from "../shape.js";
import { checkRank, type InferRule, required } from "./rule.js";

const gather: InferRule = (inputs, attributes, op) => {
  const { dtype, shape } = required(inputs, 0, op);
  const indices = required(inputs, 1, op);
  const axis = checkAxis(op, intOf(attributes, "axis", 0), shape);
  return [{ dtype, shape: [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)] }];
};

const gatherElements: InferRule = (inputs, _, op) => {
  const { dtype, shape } = required(inputs, 0, op);
  const indices = required(inputs, 1, op);
  checkRank(op, indices, shape.length);
  return [{ dtype, shape: indices.shape }];
};

const scatterElements: InferRule = (inputs, _, op) => {
  const { dtype, shape } = required(inputs, 0, op);
  const indices = required(inputs, 1, op);
  const updates = required(inputs, 2, op);
  if (!sameShape(indices.shape, updates.shape)) {
    throw new ShapeError(
      op,
      "indices and updates must have one shape",
      indices.shape,
      updates.shape,
    );
  }
  return [{ dtype, shape }];
};

const gatherND: InferRule = (inputs, _, op) => {
  const { dtype, shape } = required(inputs, 0, op);
  const indices = required(inputs, 1, op);
  const depth = indices.shape.at(-1);
  if (typeof depth !== "number" || depth > shape.length) {
    throw new ShapeError(
      op,
      "the last axis of the indices must fit the data",
      indices.shape,
      shape,
    );
  }
  return [{ dtype, shape: [...indices.shape.slice(0, -1), ...shape.slice(depth)] }];
};

export const lookupInfer = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  ScatterElements: scatterElements,
} satisfies Record<string, InferRule>;
