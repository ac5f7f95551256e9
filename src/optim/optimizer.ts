/** @module The optimizer: clipping and AdamW over all parameters in place, by one fused kernel. */

import type { HostTensor } from "../graph/hostTensor.js";
import { adamWFactors, type AdamWOptions } from "./adamw.js";
import { type Allocated, allocateBlocks, type BlockPart, type BlockSize } from "./arena.js";
import { clippingScale } from "./clipping.js";
import { checkFits } from "./fits.js";
import { partOf } from "./kernel.js";
import { STRETCH, TableGradient } from "./tableGradient.js";

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
  /** Whether its gradient comes as rows, see {@link TableGradient}; default: as a whole. */
  readonly isTable?: boolean;
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
  /** In place of a whole gradient. */
  readonly table: TableGradient | null;
}

const sizeOf = ({ shape, isTable }: OptimizedParameter): BlockSize => ({
  size: shape.reduce((product, dim) => product * dim, 1),
  ...(isTable && { gradient: STRETCH }),
});

function entryOf<P extends OptimizedParameter>(parameter: P, allocated: Allocated): Entry<P> {
  const { shape, isTable } = parameter;
  const parts = isTable ? allocated.parts.filter((part) => part !== "gradient") : allocated.parts;
  const tensors = parts.map((part): [BlockPart, HostTensor] => [
    part,
    { dtype: "float32", shape, data: allocated.view(part) },
  ]);
  const table = isTable ? new TableGradient(shape, allocated.view("gradient")) : null;
  return { parameter, ...allocated, tensors: new Map(tensors), table };
}

/** Sum of the squares of a gradient, or of a sum of gradients. */
function squaresOf<P>({ kernel, block, table }: Entry<P>, of: "gradient" | "sum"): number {
  if (!table || of === "sum") return kernel.sumOfSquares(block[of], block.count);
  table.sort();
  let squares = 0;
  table.visit("written", () => {
    squares += kernel.sumOfSquares(block.gradient, STRETCH);
  });
  return squares;
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
    const blocks = allocateBlocks(parameters.map(sizeOf), options.accumulates);
    this.#options = options;
    this.#entries = new Map(
      parameters.map((parameter, at) => [parameter.name, entryOf(parameter, blocks[at]!)]),
    );
  }

  /** Where the runtime writes the gradient of a parameter that is no table. */
  gradient(name: string): HostTensor {
    return this.#entries.get(name)!.tensors.get("gradient")!;
  }

  /** Where the runtime writes the gradient of a parameter that is a table. */
  table(name: string): TableGradient {
    return this.#entries.get(name)!.table!;
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
    for (const { kernel, block, table } of this.#entries.values()) {
      if (!table) kernel.accumulate(block, share);
      table?.visit("written", (start) => {
        kernel.accumulate(partOf(block, start, STRETCH), share);
      });
    }
  }

  /** Global norms of the gradients, or of their sums. New gradients are to be asked for theirs before anything else. */
  norms(of: "gradient" | "sum"): GradientNorms {
    let [trained, probes] = [0, 0];
    for (const entry of this.#entries.values()) {
      const squares = squaresOf(entry, of);
      if (entry.parameter.probe) probes += squares;
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
    for (const { kernel, block, parameter, tensors, table } of this.#entries.values()) {
      const { rate, decays, probe } = parameter;
      const factors = adamWFactors(this.#options, {
        step,
        learningRate: learningRate * rate * rateScale(parameter),
        decays,
        scale: probe ? scales.probes : scales.trained,
      });
      if (table && this.#followed === "gradient") {
        table.visit("all", (start) => {
          kernel.adamw(partOf(block, start, STRETCH), block.gradient, factors);
        });
      } else kernel.adamw(block, block[this.#followed], factors);
      (tensors.get("sum")?.data as Float32Array | undefined)?.fill(0);
    }
  }

  get #followed(): "sum" | "gradient" {
    return this.#options.accumulates ? "sum" : "gradient";
  }
}
