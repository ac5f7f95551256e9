/** @module Compiles model, losses and balance method into one ONNX graph: from a batch to the gradients to follow. */

import type { ConfiguredMethod } from "../balance/methods.js";
import type { BalancePlan, Pull } from "../balance/method.js";
import { refuseUnsupported } from "../balance/supports.js";
import type { Nominal } from "../gramian/factors.js";
import type { InnerPath } from "../gramian/engine.js";
import type { TensorData } from "../graph/dtype.js";
import { Graph } from "../graph/graph.js";
import type { NamedTensors } from "../graph/onnx/write.js";
import { nominalSize, type Shape } from "../graph/shape.js";
import type { Tensor } from "../graph/tensor.js";
import type { ModelConfig, LabelSpace } from "../model/config.js";
import { controlFeed, isNoiseFeed } from "../model/feeds.js";
import { BATCH, trainingInputs } from "../model/inputs.js";
import { forwardPass } from "../model/model.js";
import { buildNetwork } from "../model/network.js";
import { noiseInputs } from "../model/noise.js";
import { buildObjectives } from "../model/objectives.js";
import { classificationLosses, type LossShape } from "../nn/losses.js";
import { type Parameter, ParameterScope } from "../nn/parameters.js";
import type { AdamWOptions } from "../optim/adamw.js";
import type { OptimizedParameter, OptimizerOptions } from "../optim/optimizer.js";
import type { HostTensor } from "../graph/hostTensor.js";
import { augmented } from "./augment.js";
import type { AugmentConfig } from "./config.js";

/** What a training step is compiled from. */
export interface StepSpec {
  readonly model: ModelConfig;
  readonly labels: LabelSpace;
  readonly method: ConfiguredMethod;
  readonly optimizer: AdamWOptions;
  /** Largest global gradient norm; 0 for no clipping. */
  readonly clipNorm: number;
  /** Seed of the initial parameters. */
  readonly seed: number;
  /** Loss of the best constant prediction, see `constantPredictionLoss`. */
  readonly priorLoss: number;
  /** Typical sizes of symbolic dimensions, for choices by cost. */
  readonly nominal: Nominal;
  /** Class weights and label smoothing; default: neither. */
  readonly loss?: LossShape;
  /** How training pictures are varied; default: not. */
  readonly augment?: AugmentConfig;
  /** Whether gradients are summed over parts of a batch before each update; default: no. */
  readonly inParts?: boolean;
  /** How gradients' inner products are taken; default by cost. */
  readonly innerPath?: InnerPath;
}

/** State between steps by name: parameters, moments, and the method's memory. */
export type TrainingState = ReadonlyMap<string, HostTensor>;

/** Where a parameter is drawn after an update, by names of outputs. */
export interface CompiledPull {
  /** Output with the values to draw it to; `null`: its values at the start. */
  readonly toward: string | null;
  /** Output with the share of the way. */
  readonly by: string;
}

/** A parameter of a step, and what the method says of its update. */
export interface TrainedParameter extends OptimizedParameter {
  /** Output with the gradient to follow. */
  readonly gradient: string;
  /** Output with a factor of the learning rate. */
  readonly rateScale?: string;
  readonly pull?: CompiledPull;
}

/** A compiled training step. */
export interface CompiledStep {
  /** From a batch and the state to gradients, metrics and the method's memory. */
  readonly outputs: NamedTensors;
  readonly initialState: TrainingState;
  readonly parameters: readonly Parameter[];
  /** What the optimizer updates; parameters that are not among them stay as they are. */
  readonly trained: readonly TrainedParameter[];
  readonly optimizer: OptimizerOptions;
  /** Typical sizes of symbolic dimensions. */
  readonly nominal: Nominal;
  /** Outputs by the state variable that they are the next values of. */
  readonly memory: ReadonlyMap<string, string>;
  /** Scalar outputs of the method beside its metrics. */
  readonly scalars: readonly string[];
  /** Shapes of the noise inputs, by input name; the batch axis is symbolic. */
  readonly noise: ReadonlyMap<string, Shape>;
  /** Names of the scalars that the method wants from the host. */
  readonly controls: readonly string[];
  /** Names of the metrics recorded at every step. */
  readonly metrics: readonly string[];
}

/** Whether gradients are compared at the encoders' outputs, see `model.finetune.surgery`. */
const isCompared = ({ finetune }: ModelConfig): boolean => finetune.surgery === "representation";

const MEMORY_PREFIX = "method.";
const TEACHER = "teacher";

/** Builds the balance method's plan in a fresh graph. */
function planStep(spec: StepSpec, graph: Graph) {
  const { model, labels, method } = spec;
  refuseUnsupported(method.method, { fusion: model.fusion, labels: labels.labelKind });
  const scope = ParameterScope.root(graph, spec.seed);
  const noise = noiseInputs(graph);
  const given = trainingInputs(graph, model, labels.classes);
  const inputs = spec.augment ? augmented(given, spec.augment, noise) : given;
  const network = buildNetwork(scope, inputs, model, labels, noise);
  const outputs = forwardPass(network, inputs);
  const losses = classificationLosses(labels.labelKind, spec.loss);
  const controls: string[] = [];
  const plan = method.method.build(
    {
      graph,
      inputs,
      outputs,
      network,
      labels,
      losses,
      lossFor: (logits, mask) =>
        losses.mean(losses.crossEntropy(logits, inputs.targets), inputs.targets, mask),
      teacher: () => {
        const own = ParameterScope.root(graph, spec.seed).child(TEACHER);
        return {
          network: buildNetwork(own, inputs, model, labels, noise),
          steady: buildNetwork(own, inputs, model, labels),
          get parameters() {
            return own.parameters;
          },
        };
      },
      noise,
      objectives: buildObjectives(outputs, inputs, losses, spec.priorLoss),
      parameters: scope.parameters,
      engine: {
        nominal: spec.nominal,
        path: spec.innerPath ?? "auto",
        ...(isCompared(model) && { boundary: network.representations }),
      },
      control: (name) => {
        controls.push(name);
        return graph.input(controlFeed(name), "float32", []);
      },
      memory: (name, shape, initial) => {
        const size = shape.reduce((product, dim) => product * dim, 1);
        const values = new Float32Array(size).fill(initial);
        return graph.state(MEMORY_PREFIX + name, shape, values, "float32");
      },
    },
    method.options,
  );
  return { plan, controls, parameters: scope.parameters };
}

/** Outputs of a step under names of their own. */
class Outputs {
  readonly tensors: Record<string, Tensor> = {};
  /** Names of scalars that parameters may have in common, by tensor. */
  readonly scalars = new Map<Tensor, string>();
  readonly #graph: Graph;

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  add(name: string, tensor: Tensor): string {
    this.tensors[name] = tensor;
    return name;
  }

  /** One output for all that want the same scalar. */
  scalar(value: Tensor | number): string {
    const tensor = typeof value === "number" ? this.#graph.scalar(value) : value;
    const known = this.scalars.get(tensor);
    if (known) return known;
    const name = this.add(`scalar.${String(this.scalars.size)}`, tensor);
    this.scalars.set(tensor, name);
    return name;
  }
}

function compilePull({ toward, by }: Pull, name: string, outputs: Outputs): CompiledPull {
  return {
    toward: toward === "start" ? null : outputs.add(`toward.${name}`, toward),
    by: outputs.scalar(by),
  };
}

/** What the optimizer is told of each parameter that has a gradient. */
function trainedParameters(plan: BalancePlan, outputs: Outputs): TrainedParameter[] {
  return [...plan.gradients].map(([parameter, gradient]) => {
    const { name, tensor, rate, decays } = parameter;
    const scale = plan.learningRateScale?.(parameter) ?? 1;
    const pull = plan.pull?.(parameter);
    return {
      ...{ name, rate, decays, shape: tensor.shape as number[] },
      probe: plan.probes?.includes(parameter) ?? false,
      gradient: outputs.add(`gradient.${name}`, gradient),
      ...(scale !== 1 && { rateScale: outputs.scalar(scale) }),
      ...(pull && { pull: compilePull(pull, name, outputs) }),
    };
  });
}

/**
 * Compiles a training step: forward pass, reverse-mode differentiation and the balance method's combination of
 * gradients, as one graph. The optimizer's update follows it, see {@link Optimizer}.
 *
 * @throws {ConfigError} where the method does not work with the model or the data.
 */
export function compileStep(spec: StepSpec): CompiledStep {
  const graph = new Graph();
  const { plan, controls, parameters } = planStep(spec, graph);
  const outputs = new Outputs(graph);
  const trained = trainedParameters(plan, outputs);
  const memory = Object.entries(plan.memory ?? {}).map(([name, value]) => {
    const state = MEMORY_PREFIX + name;
    return [state, outputs.add(`next.${state}`, value)] as const;
  });
  const metrics = Object.entries(plan.metrics).map(([name, value]) => outputs.add(name, value));
  const states = [...graph.states.values()].map(
    ({ name, tensor, initial }) => [name, hostTensor(tensor, initial)] as const,
  );
  const noise = [...graph.inputs].filter(([name]) => isNoiseFeed(name));
  return {
    outputs: outputs.tensors,
    initialState: new Map(states),
    parameters,
    trained,
    optimizer: {
      ...spec.optimizer,
      clipNorm: spec.clipNorm,
      accumulates: spec.inParts ?? false,
    },
    nominal: spec.nominal,
    memory: new Map(memory),
    scalars: [...outputs.scalars.values()],
    noise: new Map(noise.map(([name, tensor]) => [name, tensor.shape])),
    controls,
    metrics,
  };
}

/** A copy of a tensor. */
export const copyOf = ({ dtype, shape, data }: HostTensor): HostTensor => ({
  dtype,
  shape,
  data: data.slice(),
});

/** A scalar to be fed. */
export const scalarOf = (value: number): HostTensor => ({
  dtype: "float32",
  shape: [],
  data: Float32Array.of(value),
});

function hostTensor(tensor: Tensor, data: TensorData): HostTensor {
  return { dtype: tensor.dtype, shape: tensor.shape as number[], data };
}

/** A shape for a batch. */
export function shapeFor(shape: Shape, batch: number): number[] {
  return shape.map((dim) => nominalSize([dim], { [BATCH]: batch }));
}
