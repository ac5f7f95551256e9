/** @module Reference kernels of gathers and scatters. */

import { intOf, stringOf } from "../../src/graph/attributes.js";
import type { Node } from "../../src/graph/tensor.js";
import { type Kernel, take } from "./kernel.js";
import { at, eachIndex, fromStart, placeOf, tabulate, type Value } from "./value.js";

const gather: Kernel = (inputs, node) => {
  const table = take(inputs, 0);
  const indices = take(inputs, 1);
  const axis = fromStart(intOf(node.attributes, "axis", 0), table.shape.length);
  const span = indices.shape.length;
  const shape = [...table.shape.slice(0, axis), ...indices.shape, ...table.shape.slice(axis + 1)];
  return [
    tabulate(shape, (index) => {
      const row = at(indices, index.slice(axis, axis + span));
      const place = fromStart(row, table.shape[axis]!);
      return at(table, [...index.slice(0, axis), place, ...index.slice(axis + span)]);
    }),
  ];
};

/** Where an element of the indices points to, for the `Elements` forms. */
function elementTarget(x: Value, indices: Value, node: Node) {
  const axis = fromStart(intOf(node.attributes, "axis", 0), x.shape.length);
  return (index: readonly number[]): number[] =>
    index.with(axis, fromStart(at(indices, index), x.shape[axis]!));
}

const gatherElements: Kernel = (inputs, node) => {
  const x = take(inputs, 0);
  const indices = take(inputs, 1);
  const target = elementTarget(x, indices, node);
  return [tabulate(indices.shape, (index) => at(x, target(index)))];
};

/** The index tuple at a place of the leading axes of the indices, for the `ND` forms. */
function tupleAt(x: Value, indices: Value, lead: readonly number[]): number[] {
  return Array.from({ length: indices.shape.at(-1)! }, (_, depth) =>
    fromStart(at(indices, [...lead, depth]), x.shape[depth]!),
  );
}

const gatherND: Kernel = (inputs) => {
  const x = take(inputs, 0);
  const indices = take(inputs, 1);
  const lead = indices.shape.length - 1;
  const shape = [...indices.shape.slice(0, -1), ...x.shape.slice(indices.shape.at(-1))];
  return [
    tabulate(shape, (index) =>
      at(x, [...tupleAt(x, indices, index.slice(0, lead)), ...index.slice(lead)]),
    ),
  ];
};

/** Writes or adds each update at its target, in order. */
function scatter(
  { shape, data }: Value,
  updates: Value,
  node: Node,
  target: (index: readonly number[]) => readonly number[],
): Value {
  const reduction = stringOf(node.attributes, "reduction", "none");
  if (reduction !== "add" && reduction !== "none") {
    throw new Error(`reference: ${node.op} with reduction "${reduction}" is not implemented.`);
  }
  const result = data.slice();
  eachIndex(updates.shape, (index, place) => {
    const goal = placeOf(target(index), shape);
    result[goal] = (reduction === "add" ? result[goal]! : 0) + updates.data[place]!;
  });
  return { shape, data: result };
}

const scatterElements: Kernel = (inputs, node) => {
  const x = take(inputs, 0);
  return [scatter(x, take(inputs, 2), node, elementTarget(x, take(inputs, 1), node))];
};

export const lookupKernels = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  ScatterElements: scatterElements,
} satisfies Record<string, Kernel>;
