/** @module Steps so small that their values can be worked out by hand. */

import { configureMethod } from "../../src/balance/methods.js";
import { type FUSIONS } from "../../src/model/config.js";
import { plainModel } from "../support/plainModel.js";
import type { HostTensor } from "../../src/graph/hostTensor.js";
import type { StepSpec } from "../../src/train/step.js";
import {
  type Direction,
  directionOf,
  floats,
  numbersOf,
  revealing,
  withRunner,
} from "./harness.js";
import { sceneSpec } from "./scenes.js";

type Values = Readonly<Record<string, readonly number[]>>;

/** A step of two classes on one feature a side, which is 1 in every sample. */
export interface Toy {
  readonly method: string;
  readonly options?: object;
  readonly labelKind?: "single-label" | "multi-label";
  /** `concat`, whose classifier has a row for each modality, unless given. */
  readonly fusion?: (typeof FUSIONS)[number];
  /** Length of the embeddings; 1 unless given. */
  readonly embed?: number;
  /** A row of two targets for each sample; one sample of class 0 unless given. */
  readonly targets?: readonly (readonly [number, number])[];
  /** Parameters that are not 0, and the method's memory; embedding layers of length 1 have weight 1. */
  readonly state?: Values;
  readonly controls?: Readonly<Record<string, number>>;
  /** Noise by name: a number for each sample, or a row. */
  readonly noise?: Readonly<Record<string, readonly number[] | readonly (readonly number[])[]>>;
}

/** What a toy's step decided and what it left behind. */
export interface ToyStep extends Direction {
  /** The method's memory after the step, by name. */
  readonly memory: Readonly<Record<string, readonly number[]>>;
}

function specOf(toy: Toy): StepSpec {
  const { method, options = {}, labelKind = "single-label", fusion = "concat", embed = 1 } = toy;
  const side = { type: "features", size: 1 } as const;
  return {
    ...sceneSpec(method),
    method: configureMethod(method, options),
    model: plainModel({ image: side, text: side, embed, fusion, dropout: 0 }),
    labels: { labelKind, classes: 2 },
    priorLoss: 1,
  };
}

/** Runs a toy's step. Unless its state says otherwise both embeddings are 1, and all logits 0. */
export function toyStep(toy: Toy): Promise<ToyStep> {
  const { targets = [[1, 0]], controls = {}, noise = {}, embed = 1 } = toy;
  const ones = embed === 1 ? [1] : [];
  const values: Values = {
    ...{ "image.embedding.weight": ones, "text.embedding.weight": ones },
    ...toy.state,
  };
  const batch = targets.length;
  const all = (shape: readonly number[]): HostTensor =>
    floats(shape, new Array<number>(batch).fill(1));
  const inputs = {
    ...{ image: all([batch, 1]), text: all([batch, 1]) },
    ...{ image_present: all([batch]), text_present: all([batch]) },
    targets: floats([batch, 2], targets.flat()),
    ...Object.fromEntries(
      Object.entries(noise).map(([name, data]) => {
        const row = data.find((value) => typeof value === "object");
        const shape = row ? [data.length, row.length] : [data.length];
        return [`noise.${name}`, floats(shape, data.flat())];
      }),
    ),
  };
  return withRunner(revealing(specOf(toy)), async (runner, { initialState }) => {
    const unknown = Object.keys(values).filter((name) => !initialState.has(name));
    if (unknown.length > 0) throw new Error(`The toy has no ${unknown.join(", ")}.`);
    const start = [...initialState].map(([name, tensor]) => {
      const given = values[name]?.length ? values[name] : undefined;
      const rest = name.startsWith("method.")
        ? numbersOf(tensor)
        : new Array<number>(tensor.data.length).fill(0);
      return [name, floats(tensor.shape, given ?? rest)] as const;
    });
    runner.restore(new Map(start));
    const direction = await directionOf(runner, inputs, controls);
    const memory = [...direction.after].filter(([name]) => name.startsWith("method."));
    return {
      ...direction,
      memory: Object.fromEntries(memory.map(([name, value]) => [name.slice(7), numbersOf(value)])),
    };
  });
}
