/** @module Vector-Jacobian products of gathers and scatters. */

import { intOf, stringOf } from "../attributes.js";
import { transpose, unsqueeze } from "../functions/layout.js";
import { gatherElements, scatterAddElements, scatterAddND } from "../functions/lookup.js";
import { checkAxis } from "../shape.js";
import type { Node } from "../tensor.js";
import { inputOf, type VjpRule, zerosLike } from "./rule.js";

const gather: VjpRule = (ct, node) => [
  () => {
    const table = inputOf(node, 0);
    const indices = inputOf(node, 1);
    const axis = checkAxis(node.op, intOf(node.attributes, "axis", 0), table.shape);
    // Scattering adds along the first axis, so the gathered axis is brought to the front.
    const axes = [...table.shape.keys()];
    const front = [axis, ...axes.filter((other) => other !== axis)];
    const span = indices.shape.length;
    const moved = [...Array(span).keys()].map((at) => at + axis);
    const rest = [...ct.shape.keys()].filter((at) => at < axis || at >= axis + span);
    const summed = scatterAddND(
      zerosLike(transpose(table, front)),
      unsqueeze(indices, [span]),
      transpose(ct, [...moved, ...rest]),
    );
    return transpose(
      summed,
      axes.map((at) => front.indexOf(at)),
    );
  },
  null,
];

const gatherElementsRule: VjpRule = (ct, node) => [
  () =>
    scatterAddElements(
      zerosLike(inputOf(node, 0)),
      inputOf(node, 1),
      ct,
      intOf(node.attributes, "axis", 0),
    ),
  null,
];

const gatherNDRule: VjpRule = (ct, node) => [
  () => scatterAddND(zerosLike(inputOf(node, 0)), inputOf(node, 1), ct),
  null,
];

function mustAdd(node: Node): void {
  const reduction = stringOf(node.attributes, "reduction", "none");
  if (reduction !== "add") {
    throw new Error(`${node.op}: cotangents exist for reduction "add" only, got "${reduction}".`);
  }
}

const scatterElements: VjpRule = (ct, node) => {
  mustAdd(node);
  const axis = intOf(node.attributes, "axis", 0);
  return [() => ct, null, () => gatherElements(ct, inputOf(node, 1), axis)];
};

export const lookupVjp = {
  Gather: gather,
  GatherElements: gatherElementsRule,
  GatherND: gatherNDRule,
  ScatterElements: scatterElements,
} satisfies Record<string, VjpRule>;
