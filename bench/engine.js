/** @module Training steps of this project's engine, ready to be timed. */

import { configureMethod } from "../dist/balance/methods.js";
import { modelConfig } from "../dist/inputs/config.js";
import { vectorNetwork } from "../dist/inputs/vectors.js";
import { nodeRuntime } from "../dist/runtime/node.js";
import { StepRunner } from "../dist/train/runner.js";
import { compileStep } from "../dist/train/step.js";
import { randomStream } from "../dist/random.js";

/** What is timed, by name: method, options, and how inner products are taken. */
export const VARIANTS = {
  plain: { method: "joint", options: { probes: false } },
  probes: { method: "joint", options: {} },
  balgrad: { method: "balgrad", options: {} },
  materialised: { method: "balgrad", options: {}, innerPath: "materialised" },
};

/** Batches that are used in turn, as data come in training. */
const BATCHES = 8;

/** Calls on random inputs. */
function callsOf({ batch, features, classes }) {
  const random = randomStream(1, "bench");
  const floats = (shape, value) => {
    const size = shape.reduce((product, dim) => product * dim, 1);
    return { dtype: "float32", shape, data: Float32Array.from({ length: size }, value) };
  };
  const input = () => floats([batch, features], () => random.normal());
  const present = () => floats([batch], () => 1);
  return Array.from({ length: BATCHES }, () => {
    const targets = floats([batch, classes], () => 0);
    for (let row = 0; row < batch; row++) {
      targets.data[row * classes + random.integer(classes)] = 1;
    }
    return {
      batch,
      inputs: {
        image: input(),
        text: input(),
        image_present: present(),
        text_present: present(),
        targets,
      },
      learningRate: 1e-3,
      controls: {},
    };
  });
}

/** Prepares a variant; the result runs a number of steps and gives the seconds they took. */
export async function prepareEngine(variant, size, threads, runtime = nodeRuntime({ threads })) {
  const { method, options, innerPath } = VARIANTS[variant];
  const { batch, embed, features, classes } = size;
  const compiled = compileStep({
    model: {
      ...modelConfig.parse({ embed, fusion: "concat", dropout: 0 }),
      image: vectorNetwork({ size: features }),
      text: vectorNetwork({ size: features }),
    },
    labels: { labelKind: "single-label", classes },
    method: configureMethod(method, options),
    optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
    clipNorm: 0,
    seed: 1,
    priorLoss: Math.log(classes),
    nominal: { batch },
    ...(innerPath && { innerPath }),
  });
  const runner = await StepRunner.create(compiled, runtime, 1);
  const calls = callsOf(size);
  let step = 0;
  return async (steps) => {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    for (let done = 0; done < steps; done++) {
      step++;
      await runner.run({ ...calls[step % BATCHES], step });
    }
    const { user, system } = process.cpuUsage(cpu);
    return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
  };
}
