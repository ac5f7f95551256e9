/** @module Training steps of this project's engine, ready to be timed. */

import { configureMethod } from "../dist/balance/methods.js";
import { plainModel } from "../dist/model/config.js";
import { nodeRuntime } from "../dist/runtime/node.js";
import { StepRunner } from "../dist/train/runner.js";
import { compileStep } from "../dist/train/step.js";
import { randomStream } from "../dist/random.js";

/** Steps in one call of the runtime; the default of training. */
const STEPS_PER_CALL = 8;

/** What is timed, by name: method, options, and how inner products are taken. */
export const VARIANTS = {
  plain: { method: "joint", options: { probes: false } },
  probes: { method: "joint", options: {} },
  balgrad: { method: "balgrad", options: {} },
  materialised: { method: "balgrad", options: {}, innerPath: "materialised" },
};

/** Random inputs of one call, the same for every step. */
function callOf({ batch, features, classes }) {
  const random = randomStream(1, "bench");
  const floats = (shape, value) => {
    const size = shape.reduce((product, dim) => product * dim, 1);
    return { dtype: "float32", shape, data: Float32Array.from({ length: size }, value) };
  };
  const targets = floats([STEPS_PER_CALL, batch, classes], () => 0);
  for (let row = 0; row < STEPS_PER_CALL * batch; row++) {
    targets.data[row * classes + random.integer(classes)] = 1;
  }
  const input = () => floats([STEPS_PER_CALL, batch, features], () => random.normal());
  const present = () => floats([STEPS_PER_CALL, batch], () => 1);
  return {
    batch,
    inputs: {
      image: input(),
      text: input(),
      image_present: present(),
      text_present: present(),
      targets,
    },
    firstStep: 1,
    learningRates: new Array(STEPS_PER_CALL).fill(1e-3),
    controls: {},
  };
}

/** Prepares a variant; the result runs a number of steps and gives the seconds they took. */
export async function prepareEngine(variant, size, threads) {
  const { method, options, innerPath } = VARIANTS[variant];
  const { batch, embed, features, classes } = size;
  const compiled = compileStep({
    model: plainModel({
      image: { type: "features", size: features },
      text: { type: "features", size: features },
      embed,
      fusion: "concat",
      dropout: 0,
    }),
    labels: { labelKind: "single-label", classes },
    method: configureMethod(method, options),
    optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
    clipNorm: 0,
    seed: 1,
    priorLoss: Math.log(classes),
    nominal: { batch },
    ...(innerPath && { innerPath }),
  });
  const runner = await StepRunner.create(compiled, nodeRuntime({ threads }), 1);
  const call = callOf(size);
  return async (steps) => {
    const start = performance.now();
    for (let done = 0; done < steps; done += STEPS_PER_CALL) await runner.run(call);
    const ran = Math.ceil(steps / STEPS_PER_CALL) * STEPS_PER_CALL;
    return ((performance.now() - start) / 1000) * (steps / ran);
  };
}
