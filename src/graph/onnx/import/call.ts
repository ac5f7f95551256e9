/** @module One node of a file while it is imported: its values, attributes, and what it may ask for. */

import type { Attributes } from "../../attributes.js";
import type { Graph } from "../../graph.js";
import { cast, mul } from "../../functions/elementwise.js";
import * as layout from "../../functions/layout.js";
import { broadcastShapes, type Dim, formatShape, type Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import type { OnnxAttribute, OnnxNode } from "../read.js";
import { ImportError } from "./errors.js";
import type { ImportOptions, WeightRole } from "./options.js";
import { dataOf, describe, isKnown, isNumeric, type Known, type Value } from "./values/known.js";
import { sizesOf } from "./values/layout.js";
import type { Weights } from "./weights.js";

/** What all nodes of an import share. */
export interface Scope {
  readonly graph: Graph;
  readonly options: ImportOptions;
  readonly weights: Weights;
  readonly opsets: ReadonlyMap<string, number>;
  /** Values of the caller's inputs: the sources of symbolic sizes. */
  readonly inputs: readonly Tensor[];
}

/** Makes the values of a node's outputs. */
export type Operator = (call: OperatorCall) => Value | readonly Value[];

/** One node with the values of its inputs. */
export class OperatorCall {
  readonly scope: Scope;
  readonly node: OnnxNode;
  readonly #values: readonly (Value | undefined)[];

  constructor(scope: Scope, node: OnnxNode, values: readonly (Value | undefined)[]) {
    this.scope = scope;
    this.node = node;
    this.#values = values;
  }

  get graph(): Graph {
    return this.scope.graph;
  }

  /** Version of the node's operator set. */
  get opset(): number {
    return this.scope.opsets.get(this.node.domain) ?? 1;
  }

  /** Number of inputs, left-out ones in between included. */
  get count(): number {
    return this.#values.length;
  }

  /** Whether an input is given. */
  has(index: number): boolean {
    return this.#values[index] !== undefined;
  }

  /** @throws {ImportError} saying what is wrong with this node. */
  fail(problem: string, hint?: string): never {
    throw new ImportError(this.node, problem, hint);
  }

  /** Value of an input as it is. */
  value(index: number): Value {
    return this.#values[index] ?? this.fail(`input ${index} is missing.`);
  }

  /** Shape of an input. */
  shape(index: number): Shape {
    return this.value(index).shape;
  }

  /** An input that is known while importing, and is no weight. */
  constant(index: number): Known | undefined {
    const value = this.#values[index];
    return value && isKnown(value) && !this.scope.weights.isCandidate(value) ? value : undefined;
  }

  /** An input as a known array, or as a tensor where it is computed or a weight. */
  operand(index: number): Value {
    return this.constant(index) ?? this.tensor(index);
  }

  /** All inputs where they are known and no weights. */
  constants(): readonly Known[] | undefined {
    const found = this.#values.map((_, index) => this.constant(index));
    return found.every((value) => value !== undefined) ? found : undefined;
  }

  /**
   * An input as a tensor.
   *
   * @param role - What it is if it is a weight; default: what later uses say, and constants stay such.
   */
  tensor(index: number, role?: WeightRole): Tensor {
    const value = this.value(index);
    if (!isKnown(value)) return value;
    const { weights } = this.scope;
    if (value.initializer !== undefined && (role !== undefined || weights.isCandidate(value))) {
      const later = (): WeightRole => weights.roleOf(value.initializer!);
      return weights.tensor(value, this.node, role ?? later());
    }
    return this.materialise(value);
  }

  /** An input that may be left out. */
  optional(index: number, role?: WeightRole): Tensor | undefined {
    return this.has(index) ? this.tensor(index, role) : undefined;
  }

  /** Elements of an input that must be known. */
  sizes(index: number, what: string): Dim[] {
    const value = this.value(index);
    if (isKnown(value)) return Array.from(value.values);
    return this.fail(
      `${what} must be known while importing, got ${describe(value)} computed from the inputs.`,
    );
  }

  /** Numbers of an input that must be known. */
  numbers(index: number, what: string): number[] {
    const sizes = this.sizes(index, what);
    return sizes.map((size) =>
      typeof size === "number" ? size : this.fail(`${what} must be numbers, got ${size}.`),
    );
  }

  /** Numbers of an input from some opset on, of an attribute before; `undefined` where left out. */
  numbersOr(index: number, attribute: string): number[] | undefined {
    if (this.has(index)) return this.numbers(index, attribute);
    const ints = this.attribute(attribute, "ints");
    return ints && [...ints];
  }

  /** Number of an input from some opset on, of an attribute before; `undefined` where left out. */
  numberOr(index: number, attribute: string): number | undefined {
    if (this.has(index)) return this.numbers(index, attribute)[0];
    return this.attribute(attribute, "float");
  }

  /** An attribute of one kind; `undefined` where left out. */
  attribute<Kind extends KindOf<OnnxAttribute>>(
    name: string,
    kind: Kind,
  ):
    | Extract<OnnxAttribute, Record<Kind, unknown>>[Kind &
        keyof Extract<OnnxAttribute, Record<Kind, unknown>>]
    | undefined {
    const found = this.node.attributes[name] as Record<string, never> | undefined;
    return found?.[kind];
  }

  int(name: string, fallback: number): number {
    return this.attribute(name, "int") ?? fallback;
  }

  float(name: string, fallback: number): number {
    return this.attribute(name, "float") ?? fallback;
  }

  string(name: string, fallback: string): string {
    return this.attribute(name, "string") ?? fallback;
  }

  ints(name: string): readonly number[] | undefined {
    return this.attribute(name, "ints");
  }

  /** Attributes of the given names, for an operator of ours that has the same. */
  pick(...names: readonly string[]): Attributes {
    const found = names.filter((name) => name in this.node.attributes);
    return Object.fromEntries(
      found.map((name) => [name, this.node.attributes[name]]),
    ) as Attributes;
  }

  /** Applies an operator of ours. */
  apply(
    op: Parameters<Graph["apply"]>[0],
    inputs: readonly (Tensor | null)[],
    attributes: Attributes = {},
  ): Tensor {
    return this.graph.apply(op, inputs, attributes)[0]!;
  }

  /** Normalised axis of a value of some rank. */
  axis(given: number, rank: number): number {
    const axis = given < 0 ? given + rank : given;
    if (axis >= 0 && axis < rank) return axis;
    return this.fail(`axis ${given} must lie in a value of rank ${rank}.`);
  }

  /** A known array as a tensor; symbolic sizes are read off the inputs when the graph runs. */
  materialise(value: Known): Tensor {
    if (isNumeric(value)) return this.graph.constant(value.dtype, value.shape, dataOf(value));
    const vector = this.shapeVector(Array.from(value.values));
    return cast(layout.reshape(vector, value.shape), value.dtype);
  }

  /** Sizes as an int64 vector that may depend on the inputs' sizes. */
  shapeVector(sizes: readonly Dim[]): Tensor {
    if (sizes.every((size) => typeof size === "number")) return this.graph.integers(sizes);
    return layout.concat(
      sizes.map((size) =>
        typeof size === "number" ? this.graph.integers([size]) : this.#size(size),
      ),
      0,
    );
  }

  /** A symbolic size as a vector of one element. */
  #size(size: string): Tensor {
    for (const input of this.scope.inputs) {
      const axis = input.shape.indexOf(size);
      if (axis >= 0) return sizesOf(input, axis, axis + 1);
    }
    const factors = size.split("*");
    if (factors.length === 1) return this.fail(`no input has the size ${size}.`);
    return factors
      .map((factor) =>
        /^\d+$/.test(factor) ? this.graph.integers([Number(factor)]) : this.#size(factor),
      )
      .reduce((product, factor) => mul(product, factor));
  }

  /** A tensor broadcast to a shape whose sizes may be symbolic. */
  expand(x: Tensor, shape: Shape): Tensor {
    const target = broadcastShapes(this.node.op, x.shape, shape);
    if (target.length === x.shape.length && target.every((size, axis) => size === x.shape[axis])) {
      return x;
    }
    if (target.some((size) => typeof size === "string" && size.includes("*"))) {
      return this.fail(`cannot expand to the sizes ${formatShape(target)}.`);
    }
    return this.apply("Expand", [x, this.shapeVector(target)]);
  }
}

type KindOf<Union> = Union extends unknown ? keyof Union : never;
