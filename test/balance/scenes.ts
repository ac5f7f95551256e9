/** @module Small features-only training steps with seeded parameters and batches. */

import { configureMethod } from "../../src/balance/methods.js";
import { type FUSIONS } from "../../src/model/config.js";
import { plainModel } from "../support/plainModel.js";
import { randomStream } from "../../src/random.js";
import type { HostTensor } from "../../src/graph/hostTensor.js";
import type { StepSpec, TrainingState } from "../../src/train/step.js";
import { floats, numbersOf } from "./harness.js";

/** Batch of step inputs by name. */
export type Inputs = Readonly<Record<string, HostTensor>>;

const SIZE = 5;
const EMBED = 4;
const CLASSES = 3;
const BATCH = 8;

/** What a scene may differ in. */
export interface SceneOptions {
  readonly fusion?: (typeof FUSIONS)[number];
  readonly labelKind?: "single-label" | "multi-label";
  readonly clipNorm?: number;
  /** Length of the feature vectors. */
  readonly size?: number;
}

/** A step on feature vectors of the same size on both sides. */
export function sceneSpec(
  method: string,
  options: object = {},
  { fusion = "add", labelKind = "single-label", clipNorm = 0, size = SIZE }: SceneOptions = {},
): StepSpec {
  return {
    model: plainModel({
      image: { type: "features", size },
      text: { type: "features", size },
      embed: EMBED,
      fusion,
      dropout: 0,
    }),
    labels: { labelKind, classes: CLASSES },
    method: configureMethod(method, options),
    optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
    clipNorm,
    seed: 1,
    priorLoss: Math.log(CLASSES),
    nominal: { batch: BATCH },
  };
}

/** A batch with normal features; in half of the scenes some samples lack a modality. */
export function sceneInputs(seed: number, task = "single-label", size = SIZE): Inputs {
  const random = randomStream(seed, "scene");
  const normals = (count: number) => Array.from({ length: count }, () => random.normal());
  const absent = seed % 2 === 0 ? 0.3 : 0;
  const mask = () => Array.from({ length: BATCH }, () => (random.uniform() < absent ? 0 : 1));
  const targets = Array.from({ length: BATCH }, () => {
    const label = random.integer(CLASSES);
    return Array.from({ length: CLASSES }, (_, at) =>
      task === "single-label" ? Number(at === label) : Number(random.uniform() < 0.4),
    );
  });
  return {
    image: floats([BATCH, size], normals(BATCH * size)),
    text: floats([BATCH, size], normals(BATCH * size)),
    image_present: floats([BATCH], mask()),
    text_present: floats([BATCH], mask()),
    targets: floats([BATCH, CLASSES], targets.flat()),
  };
}

/** Parameters like those of a model in training: confident heads, so that gradients conflict. */
export function sceneState(state: TrainingState, seed: number): TrainingState {
  const isMoment = (name: string) => /\.(mean|variance)$/.test(name);
  return new Map(
    [...state].map(([name, tensor]) => {
      if (isMoment(name)) return [name, tensor];
      const random = randomStream(seed, "state", name);
      const scale = name.includes(".head.") ? 1.5 : 0.6;
      const values = Array.from({ length: tensor.data.length }, () => scale * random.normal());
      return [name, floats(tensor.shape, values)];
    }),
  );
}

const EXCHANGE: Readonly<Record<string, string>> = { image: "text", text: "image" };

const exchanged = (name: string): string =>
  name.replace(/^(image|text)/, (modality) => EXCHANGE[modality]!);

/** A batch or state whose modalities have changed roles. */
export function swapRoles<Key extends string>(
  tensors: Iterable<readonly [Key, HostTensor]>,
): Map<string, HostTensor> {
  return new Map([...tensors].map(([name, tensor]) => [exchanged(name), tensor]));
}

/** A state whose two modalities have the same parameters. */
export function twinState(state: TrainingState): TrainingState {
  return new Map(
    [...state].map(([name, tensor]) => [
      name,
      name.startsWith("text.") ? state.get(exchanged(name))! : tensor,
    ]),
  );
}

/** A state with some entries replaced by numbers. */
export function withValues(
  state: TrainingState,
  values: Readonly<Record<string, readonly number[]>>,
): TrainingState {
  const entries = [...state].map(([name, tensor]) => {
    const own = values[name];
    return [name, own ? floats(tensor.shape, own) : tensor] as const;
  });
  return new Map(entries);
}

/** A batch with some inputs replaced by constants. */
export function filled(inputs: Inputs, values: Readonly<Record<string, number>>): Inputs {
  const changed = Object.entries(values).map(([name, value]) => {
    const { shape, data } = inputs[name]!;
    return [name, floats(shape, new Array<number>(data.length).fill(value))] as const;
  });
  return { ...inputs, ...Object.fromEntries(changed) };
}

/** All elements of some gradients, one after another in the order of their names. */
export function flatten(
  gradients: ReadonlyMap<string, readonly number[]>,
  choose: (name: string) => boolean,
): number[] {
  return [...gradients.keys()]
    .filter(choose)
    .sort()
    .flatMap((name) => gradients.get(name)!);
}

/** Parameters of a state as numbers, without the moments. */
export function parametersOf(state: TrainingState): Record<string, number[]> {
  const entries = [...state].filter(([name]) => !/\.(mean|variance)$/.test(name));
  return Object.fromEntries(entries.map(([name, tensor]) => [name, numbersOf(tensor)]));
}
