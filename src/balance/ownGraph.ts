/** @module Gradient surgery on a graph that is not our trainer's: combined gradients of any losses and parameters. */

import { ConfigError } from "../errors.js";
import { GradientEngine } from "../gramian/engine.js";
import type { Tensor } from "../graph/tensor.js";
import type { Parameter } from "../nn/parameters.js";
import { combineGradients } from "./combination.js";
import { checkOptions, findMethod, METHODS } from "./methods.js";
import type { SurgeryContext, SurgeryMethod } from "./surgery/weighting.js";

/** What a method that remembers, draws or follows a schedule is served with, by whoever runs the graph. */
export type SurgeryServices = Omit<SurgeryContext, "graph">;

/** Losses, what they are differentiated by, and how their gradients are combined. */
export interface SurgeryInputs<Name extends string, Options extends object = object> {
  /** Scalars of one graph, by name; at least two. */
  readonly losses: Readonly<Record<Name, Tensor>>;
  /** Leaves of that graph: states or inputs. Over all of them together the gradients are compared. */
  readonly parameters: readonly Tensor[];
  /** Name of a built-in method of gradient surgery, such as `mgda`, or what `surgery({...})` gives. */
  readonly method: string | SurgeryMethod<Options>;
  /** Options of the method; those that are left out have their defaults. */
  readonly options?: Partial<Options>;
  /**
   * For methods that ask for more than the gradients, such as `gradnorm` (memory) and `pcgrad` (noise); default: they are
   * refused.
   */
  readonly services?: Partial<SurgeryServices>;
}

/** Gradients that were combined; all tensors are of the losses' graph. */
export interface SurgeryResult<Name extends string> {
  /** `sum_i w_i grad L_i` by parameter; parameters that no loss reaches are left out. */
  readonly gradients: ReadonlyMap<Tensor, Tensor>;
  /** The weights `w_i`, scalars. */
  readonly weights: Readonly<Record<Name, Tensor>>;
  /** `<g_i, g_j>` of the losses' gradients, scalars, in the order of the losses. */
  readonly gramian: readonly (readonly Tensor[])[];
  /** New values of what the method remembers, by the names that it asked `services.memory` for. */
  readonly memory: Readonly<Record<string, Tensor>>;
}

const isSurgery = (method: object): method is SurgeryMethod => "weigh" in method;

function surgeryMethod(method: string | SurgeryMethod): SurgeryMethod {
  const found = typeof method === "string" ? findMethod(method) : method;
  if (isSurgery(found)) return found;
  const names = METHODS.filter(isSurgery).map(({ name }) => name);
  throw new ConfigError(
    `${found.name} is no gradient surgery: it does not weigh losses by their gradients.`,
    `Use one of: ${names.join(", ")}.`,
  );
}

/** The services that were given; a method that asks for another one is refused. */
function contextOf(
  { name: method }: SurgeryMethod,
  graph: SurgeryContext["graph"],
  services: Partial<SurgeryServices>,
): SurgeryContext {
  const missing = (service: keyof SurgeryServices) => (): never => {
    throw new ConfigError(
      `${method} needs services.${service}, which is not given.`,
      "Give it, or use a method that needs the gradients alone, such as mgda, cagrad or upgrad.",
    );
  };
  return {
    graph,
    noise: services.noise ?? missing("noise"),
    memory: services.memory ?? missing("memory"),
    control: services.control ?? missing("control"),
  };
}

/** A tensor as the engine takes parameters. */
const asParameter = (tensor: Tensor, at: number): Parameter => ({
  ...{ name: `parameter ${at}`, tensor, rate: 1, decays: false },
  ...{ modality: "joint", part: "embedding" },
});

/** @throws {ConfigError} for tensors of several graphs, and for parameters that are computed. */
function refuseOtherGraphs(losses: readonly Tensor[], parameters: readonly Tensor[]): void {
  if ([...losses, ...parameters].some(({ graph }) => graph !== losses[0]?.graph)) {
    throw new ConfigError("combinedGradients(): losses and parameters are of several graphs.");
  }
  const computed = parameters.findIndex(({ node }) => node.op !== "Leaf");
  if (computed < 0) return;
  throw new ConfigError(
    `combinedGradients(): parameters[${computed}] is computed by ${parameters[computed]!.node.op}.`,
    "Give states or inputs of the graph.",
  );
}

/**
 * Combines the gradients of several losses by gradient surgery, on any graph of `balgrad/graph`. Gradients are formed only
 * where that is cheaper than working with their factors.
 *
 * @throws {ConfigError} for tensors of several graphs, for a method that is unknown or no surgery, for options that are wrong, for fewer than two losses or
 *   a number of them that the method is not made for, and where it needs a service that is not given.
 */
export function combinedGradients<Name extends string, Options extends object = object>({
  losses,
  parameters,
  method,
  options = {},
  services = {},
}: SurgeryInputs<Name, Options>): SurgeryResult<Name> {
  const own = surgeryMethod(method);
  refuseOtherGraphs(Object.values(losses), parameters);
  const names = Object.keys(losses) as Name[];
  const expected = own.losses ?? Math.max(2, names.length);
  if (names.length !== expected) {
    const least = own.losses === undefined ? "at least " : "";
    throw new ConfigError(`${own.name} combines ${least}${expected} losses, got ${names.length}.`);
  }
  const checked = checkOptions(own, options);
  const all = parameters.map(asParameter);
  const engine = new GradientEngine(losses, all);
  const gramian = engine.gramian(names, all);
  const scalars = names.map((name) => losses[name]);
  const context = contextOf(own, scalars[0]!.graph, services);
  const { weights, memory = {} } = own.weigh({ gramian, losses: scalars, context }, checked);
  const named = Object.fromEntries(names.map((name, at) => [name, weights[at]!]));
  const gradients = combineGradients(engine, all, () => named as Record<Name, Tensor>);
  return {
    gradients: new Map([...gradients].map(([{ tensor }, gradient]) => [tensor, gradient])),
    weights: named as Record<Name, Tensor>,
    gramian,
    memory,
  };
}
