/** @module The optimizer: clipping and AdamW over all parameters in place, by one fused kernel. */

import type { HostTensor } from "../graph/hostTensor.js";
import { adamWFactors, type AdamWOptions } from "./adamw.js";
import { type Allocated, allocateBlocks, type BlockPart } from "./arena.js";
import { clippingScale } from "./clipping.js";
import { checkFits } from "./fits.js";

/** A parameter that the optimizer updates. */
export interface OptimizedParameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Factor of the learning rate. */
  readonly rate: number;
  /** Whether weight decay shrinks it. */
  readonly decays: boolean;
  /** Whether it only watches the training: probes are clipped by a norm of their own. */
  readonly probe: boolean;
}

/** Settings of an {@link Optimizer}. */
export interface OptimizerOptions extends AdamWOptions {
  /** Largest global gradient norm; 0: no clipping. */
  readonly clipNorm: number;
  /** Whether gradients are summed over parts of a batch before each update. */
  readonly accumulates: boolean;
}

/** One update. */
export interface Update<P> {
  /** Counted from 1. */
  readonly step: number;
  readonly learningRate: number;
  /** Of what is followed, for clipping. */
  readonly norms: GradientNorms;
  /** Further factor of a parameter's learning rate; default: 1. */
  readonly rateScale?: (parameter: P) => number;
}

/** Global norms of the gradients before clipping. */
export interface GradientNorms {
  readonly trained: number;
  readonly probes: number;
}

/** Suffix of each kept part's name in a checkpoint; a gradient lives for one step. */
export const SUFFIX = { parameter: "", mean: ".mean", variance: ".variance", sum: ".sum" };

interface Entry<P> extends Allocated {
  readonly parameter: P;
  readonly tensors: ReadonlyMap<BlockPart, HostTensor>;
}

/**
 * Parameters, moments and gradients in memory that the runtime reads and writes and the kernel updates in place, so
 * that no step copies them. Every tensor that it gives is a view: it changes with the next update.
 */
export class Optimizer<P extends OptimizedParameter = OptimizedParameter> {
  readonly #entries: ReadonlyMap<string, Entry<P>>;
  readonly #options: OptimizerOptions;

  /** @throws {UserError} where the memory is not there. */
  constructor(parameters: readonly P[], options: OptimizerOptions) {
    const sizes = parameters.map(({ shape }) => shape.reduce((product, dim) => product * dim, 1));
    const blocks = allocateBlocks(sizes, options.accumulates);
    this.#options = options;
    this.#entries = new Map(
      parameters.map((parameter, at) => {
        const allocated = blocks[at]!;
        const { shape } = parameter;
        const tensor = (part: BlockPart): HostTensor => ({
          dtype: "float32",
          shape,
          data: allocated.view(part),
        });
        const tensors = new Map(allocated.parts.map((part) => [part, tensor(part)]));
        return [parameter.name, { parameter, ...allocated, tensors }];
      }),
    );
  }

  /** Where the runtime writes a parameter's gradient. */
  gradient(name: string): HostTensor {
    return this.#entries.get(name)!.tensors.get("gradient")!;
  }

  /** A parameter's present values. */
  parameter(name: string): HostTensor {
    return this.#entries.get(name)!.tensors.get("parameter")!;
  }

  /** All that the next update depends on, by name: `<parameter>`, and with `.mean`, `.variance` and `.sum`. */
  get state(): ReadonlyMap<string, HostTensor> {
    return new Map(
      [...this.#entries.values()].flatMap(({ parameter: { name }, tensors }) =>
        Object.entries(SUFFIX).flatMap(([part, suffix]) => {
          const tensor = tensors.get(part as BlockPart);
          return tensor ? [[name + suffix, tensor] as const] : [];
        }),
      ),
    );
  }

  /**
   * Takes over values of {@link state}; moments and sums that are not given start from zero.
   *
   * @throws {UserError} where they are of another model.
   */
  restore(values: ReadonlyMap<string, HostTensor>): void {
    const own = this.state;
    for (const [name, tensor] of own) {
      if (this.#entries.has(name) || values.has(name)) checkFits(name, tensor, values.get(name));
    }
    for (const [name, { data }] of own) {
      const given = values.get(name)?.data as Float32Array | undefined;
      if (given) (data as Float32Array).set(given);
      else (data as Float32Array).fill(0);
    }
  }

  /** Adds the gradients of a part of a batch to their sums, by its share of the samples. */
  accumulate(share: number): void {
    for (const { kernel, block } of this.#entries.values()) kernel.accumulate(block, share);
  }

  /** Global norms of the gradients, or of their sums. */
  norms(of: "gradient" | "sum"): GradientNorms {
    let [trained, probes] = [0, 0];
    for (const { kernel, block, parameter } of this.#entries.values()) {
      const squares = kernel.sumOfSquares(block[of], block.count);
      if (parameter.probe) probes += squares;
      else trained += squares;
    }
    return { trained: Math.sqrt(trained), probes: Math.sqrt(probes) };
  }

  /** Updates all parameters and moments by the gradients, or by their sums, which start again from zero. */
  update({ step, learningRate, norms, rateScale = () => 1 }: Update<P>): void {
    const { clipNorm } = this.#options;
    const scales = {
      trained: clippingScale(norms.trained, clipNorm),
      probes: clippingScale(norms.probes, clipNorm),
    };
    for (const { kernel, block, parameter, tensors } of this.#entries.values()) {
      const { rate, decays, probe } = parameter;
      const factors = adamWFactors(this.#options, {
        step,
        learningRate: learningRate * rate * rateScale(parameter),
        decays,
        scale: probe ? scales.probes : scales.trained,
      });
      kernel.adamw(block, block[this.#followed], factors);
      (tensors.get("sum")?.data as Float32Array | undefined)?.fill(0);
    }
  }

  get #followed(): "sum" | "gradient" {
    return this.#options.accumulates ? "sum" : "gradient";
  }
}
