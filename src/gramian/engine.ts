/** @module Gradients of several losses: their inner products, and their combination. */

import { UserError } from "../errors.js";
import { backward, gradientOf, type Use, useGradient } from "../graph/autodiff.js";
import { add, maximum, mul } from "../graph/functions/elementwise.js";
import { addAll } from "../graph/functions/layout.js";
import { sum } from "../graph/functions/reduce.js";
import type { Tensor, TensorGraph } from "../graph/tensor.js";
import type { Parameter } from "../nn/parameters.js";
import { Boundary } from "./boundary.js";
import { factoredInner, factorRule, type Nominal } from "./factors.js";

/** Coefficient of each loss in a parameter's update; losses that are not named take no part. */
export type Coefficients<Name extends string> = Readonly<Partial<Record<Name, Tensor | number>>>;

/** How inner products are taken: by the cheaper way per layer, or by one way everywhere. */
export type InnerPath = "auto" | "factored" | "materialised";

/** Options of {@link GradientEngine}. */
export interface EngineOptions {
  /** Typical values of symbolic dimensions, for the choice by cost; unknown ones count as 64. */
  readonly nominal?: Nominal;
  /** Default `auto`. */
  readonly path?: InnerPath;
  /**
   * Tensors at which gradients are compared in place of the parameters behind them; asked once the
   * losses are built. Default: none, every parameter stands for itself.
   */
  readonly boundary?: () => readonly Tensor[];
}

/**
 * Per-loss gradients of a set of parameters, never formed unless that is the cheaper way.
 *
 * Inner products of two losses' gradients come from activations and cotangents where a layer
 * allows it ({@link factorRule}); the update of a parameter is one product with the combined
 * cotangent `sum_i c_i D_i`, because vector-Jacobian products are linear in the cotangent.
 */
export class GradientEngine<Name extends string> {
  readonly #graph: TensorGraph;
  readonly #uses: Readonly<Record<Name, Map<Tensor, Use[]>>>;
  readonly #order: readonly Name[];
  readonly #nominal: Nominal;
  readonly #path: InnerPath;
  readonly #formed = new Set<Parameter>();
  readonly #boundary: Boundary;

  /**
   * @param losses - Scalars to differentiate, by name.
   * @param parameters - With respect to what.
   */
  constructor(
    losses: Readonly<Record<Name, Tensor>>,
    parameters: readonly Parameter[],
    { nominal = {}, path = "auto", boundary }: EngineOptions = {},
  ) {
    this.#order = Object.keys(losses) as Name[];
    this.#graph = losses[this.#order[0]!].graph;
    this.#nominal = nominal;
    this.#path = path;
    this.#boundary = new Boundary(boundary?.() ?? [], parameters);
    const own = parameters.filter((parameter) => !this.#isBehind(parameter));
    const wrt = [...own.map(({ tensor }) => tensor), ...this.#boundary.tensors];
    const entries = this.#order.map((name) => [name, backward(losses[name], wrt)] as const);
    this.#uses = Object.fromEntries(entries) as Record<Name, Map<Tensor, Use[]>>;
  }

  /** Whether a loss depends on a parameter. */
  reaches(loss: Name, parameter: Parameter): boolean {
    if (!this.#isBehind(parameter)) return this.#usesOf(loss, parameter).length > 0;
    return this.#boundary.fedBy(parameter).some((tensor) => this.#cotangent(loss, tensor));
  }

  /**
   * Inner product of two losses' gradients over some parameters, scalar; symmetric.
   *
   * Ask for inner products before {@link combine}: gradients that they had to form are used again.
   * Parameters behind the boundary count by the cotangents of the tensors that they feed.
   */
  inner(a: Name, b: Name, among: readonly Parameter[]): Tensor {
    // One order for both ways round, so that products with the later loss are shared.
    const [first, second] = this.#order.indexOf(a) <= this.#order.indexOf(b) ? [a, b] : [b, a];
    const parameters = among.filter((parameter) => !this.#isBehind(parameter));
    const biases = this.#biasesInKernels(parameters);
    const counted = new Set(biases.values());
    const terms = parameters
      .filter((parameter) => this.reaches(a, parameter) && this.reaches(b, parameter))
      .filter((parameter) => !counted.has(parameter))
      .map((parameter) => this.#parameterInner(first, second, parameter, biases.has(parameter)));
    terms.push(...this.#boundaryInner(first, second, among));
    if (terms.length === 0) return this.#graph.scalar(0);
    // Factors of a gradient that cancels leave rounding noise of either sign; a norm needs a root.
    return a === b ? maximum(addAll(terms), 0) : addAll(terms);
  }

  /** All inner products of some losses over some parameters: `gramian[i][j] = <g_i, g_j>`. */
  gramian(names: readonly Name[], parameters: readonly Parameter[]): Tensor[][] {
    return names.map((a) => names.map((b) => this.inner(a, b, parameters)));
  }

  /** `sum_i coefficients[i] * grad loss_i` for one parameter; `undefined` where no loss reaches it. */
  combine(parameter: Parameter, coefficients: Coefficients<Name>): Tensor | undefined {
    const entries = (Object.entries(coefficients) as [Name, Tensor | number][]).filter(
      ([name, coefficient]) => coefficient !== 0 && this.reaches(name, parameter),
    );
    if (entries.length === 0) return undefined;
    if (this.#isBehind(parameter)) return this.#combineBehind(parameter, entries);
    if (this.#formed.has(parameter)) {
      return addAll(
        entries.map(([name, coefficient]) => scale(this.#gradient(name, parameter), coefficient)),
      );
    }
    return this.#combineByCotangent(parameter, entries);
  }

  #isBehind(parameter: Parameter): boolean {
    return this.#boundary.fedBy(parameter).length > 0;
  }

  /** Cotangent of a tensor of the boundary under one loss; `undefined` where it has none. */
  #cotangent(loss: Name, tensor: Tensor): Tensor | undefined {
    return gradientOf(this.#uses[loss].get(tensor)!);
  }

  /** Inner products of two losses' cotangents at the tensors that some parameters feed. */
  #boundaryInner(a: Name, b: Name, parameters: readonly Parameter[]): Tensor[] {
    const tensors = new Set(parameters.flatMap((parameter) => this.#boundary.fedBy(parameter)));
    return [...tensors].flatMap((tensor) => {
      const [x, y] = [this.#cotangent(a, tensor), this.#cotangent(b, tensor)];
      return x && y ? [sum(mul(x, y))] : [];
    });
  }

  #combineBehind(parameter: Parameter, entries: readonly [Name, Tensor | number][]): Tensor {
    const key = entries
      .map(([name, c]) => `${name}:${typeof c === "number" ? c : `${c.node.id}.${c.index}`}`)
      .join(" ");
    const combined = (tensor: Tensor): Tensor | undefined => {
      const terms = entries.flatMap(([name, coefficient]) => {
        const cotangent = this.#cotangent(name, tensor);
        return cotangent ? [scale(cotangent, coefficient)] : [];
      });
      return terms.length > 0 ? addAll(terms) : undefined;
    };
    return gradientOf(this.#boundary.uses(parameter, key, combined))!;
  }

  #combineByCotangent(parameter: Parameter, entries: readonly [Name, Tensor | number][]): Tensor {
    const sites = new Map<string, Use>();
    for (const [name, coefficient] of entries) {
      for (const use of this.#usesOf(name, parameter)) {
        const key = `${use.node.id}.${use.input}`;
        const term = scale(use.cotangent, coefficient);
        const known = sites.get(key);
        sites.set(key, { ...use, cotangent: known ? add(known.cotangent, term) : term });
      }
    }
    return addAll([...sites.values()].map(useGradient));
  }

  #usesOf(loss: Name, parameter: Parameter): readonly Use[] {
    const uses = this.#uses[loss].get(parameter.tensor);
    if (!uses)
      throw new UserError(`The gradient engine was not given the parameter ${parameter.name}.`);
    return uses;
  }

  #gradient(loss: Name, parameter: Parameter): Tensor {
    return gradientOf(this.#usesOf(loss, parameter))!;
  }

  /** Biases that the kernels of their layers' weights count in, by the weight. */
  #biasesInKernels(parameters: readonly Parameter[]): Map<Parameter, Parameter> {
    const found = new Map<Parameter, Parameter>();
    for (const weight of parameters) {
      if (!this.#isFactored(weight)) continue;
      const bias = parameters.find((candidate) => this.#isBiasOf(candidate, weight));
      if (bias) found.set(weight, bias);
    }
    return found;
  }

  /** Whether a parameter is the bias at every use of a weight, and used nowhere else. */
  #isBiasOf(candidate: Parameter, weight: Parameter): boolean {
    const nodes = (parameter: Parameter): Use[] =>
      this.#order.flatMap((name) => this.#usesOf(name, parameter));
    const uses = nodes(weight);
    return (
      uses.length > 0 &&
      nodes(candidate).length === uses.length &&
      uses.every(({ node, input }) => factorRule(node, input)!.biasOf(node) === candidate.tensor)
    );
  }

  #parameterInner(a: Name, b: Name, parameter: Parameter, bias: boolean): Tensor {
    if (!this.#isFactored(parameter)) {
      this.#formed.add(parameter);
      return sum(mul(this.#gradient(a, parameter), this.#gradient(b, parameter)));
    }
    const factors = (name: Name) =>
      this.#usesOf(name, parameter).map((use) =>
        factorRule(use.node, use.input)!.factor(use, bias),
      );
    return addAll(factors(a).flatMap((x) => factors(b).map((y) => factoredInner(x, y))));
  }

  #isFactored(parameter: Parameter): boolean {
    if (this.#path === "materialised") return false;
    const reaching = this.#order.filter((name) => this.reaches(name, parameter));
    const sites = new Map(
      reaching.flatMap((name) =>
        this.#usesOf(name, parameter).map((use) => [`${use.node.id}.${use.input}`, use] as const),
      ),
    );
    const rules = [...sites.values()].map((use) => ({
      use,
      rule: factorRule(use.node, use.input),
    }));
    if (rules.some(({ rule }) => !rule)) return false;
    // Factors of different kinds (a tied embedding and output layer) have no common kernel.
    if (new Set(rules.map(({ rule }) => rule)).size > 1) return false;
    if (this.#path === "factored") return true;
    const costs = rules.map(({ use, rule }) => rule!.cost(use.node, this.#nominal));
    const total = (key: "kernel" | "product" | "materialised"): number =>
      costs.reduce((sumOfCosts, cost) => sumOfCosts + cost[key], 0);
    // Forming saves the final pass: with n losses, n gradients against n - 1 products and a pass.
    const losses = reaching.length;
    const factored =
      costs.length * (total("kernel") + (losses - 1) * total("product")) + total("materialised");
    return factored < losses * total("materialised");
  }
}

const scale = (x: Tensor, coefficient: Tensor | number): Tensor =>
  coefficient === 1 ? x : mul(x, coefficient);
