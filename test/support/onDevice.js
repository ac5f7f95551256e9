/**
 * @module A program: trains the same steps on the CPU and on the WebGPU adapter of its environment, and prints what came out as
 * one line of JSON. It is a process of its own because drivers are found by variables that a process starts with.
 */

import { configureMethod } from "../../dist/balance/methods.js";
import { modelConfig } from "../../dist/inputs/config.js";
import { vectorNetwork } from "../../dist/inputs/vectors.js";
import { imagesInMemory, textFeaturesInMemory } from "../../dist/prepare/prepared.js";
import { randomStream } from "../../dist/random.js";
import { findDevice } from "../../dist/runtime/device.js";
import { nodeRuntime } from "../../dist/runtime/node.js";
import { trainConfig } from "../../dist/train/config.js";
import { copyState, StepRunner } from "../../dist/train/runner.js";
import { compileStep } from "../../dist/train/step.js";
import { Trainer } from "../../dist/train/trainer.js";

const SIZE = 6;
const CLASSES = 3;
const SAMPLES = 12;
const BATCH = 4;
const RATE = 0.05;

const random = randomStream(1, "device");
const normals = (count) => Float32Array.from({ length: count }, () => random.normal());

const images = normals(SAMPLES * SIZE);
const texts = normals(SAMPLES * SIZE);
const targets = new Float32Array(SAMPLES * CLASSES);
for (let row = 0; row < SAMPLES; row++) targets[row * CLASSES + (row % CLASSES)] = 1;

const split = {
  size: SAMPLES,
  ids: Array.from({ length: SAMPLES }, (_, at) => String(at)),
  images: imagesInMemory([SIZE], images),
  texts: textFeaturesInMemory(SIZE, texts),
  imagePresent: new Uint8Array(SAMPLES).fill(1),
  textPresent: new Uint8Array(SAMPLES).fill(1),
  targets,
};

const specOf = (method, inParts = false) => ({
  model: {
    ...modelConfig.parse({ embed: 8, dropout: 0.2 }),
    image: vectorNetwork({ size: SIZE }),
    text: vectorNetwork({ size: SIZE }),
  },
  labels: { labelKind: "single-label", classes: CLASSES },
  method: configureMethod(method, {}),
  optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 },
  // Small enough to clip.
  clipNorm: 0.3,
  ...{ seed: 1, priorLoss: Math.log(CLASSES), nominal: { batch: BATCH }, inParts },
});

const floats = (shape, data) => ({ dtype: "float32", shape, data });

/** Calls of some steps on the first samples; `spoil`: with an input that is no number. */
function callOf(step, { part, spoil = false, controls = {} } = {}) {
  const image = images.slice(0, BATCH * SIZE);
  if (spoil) image[0] = NaN;
  return {
    batch: BATCH,
    inputs: {
      image: floats([BATCH, SIZE], image),
      text: floats([BATCH, SIZE], texts.subarray(0, BATCH * SIZE)),
      image_present: floats([BATCH], new Float32Array(BATCH).fill(1)),
      text_present: floats([BATCH], new Float32Array(BATCH).fill(1)),
      targets: floats([BATCH, CLASSES], targets.subarray(0, BATCH * CLASSES)),
    },
    ...{ step, learningRate: RATE, controls },
    ...(part && { part }),
  };
}

const PARTS = [
  { index: 0, share: 0.25, last: false },
  { index: 1, share: 0.75, last: true },
];

const plain = (state) => [...state].map(([name, { data }]) => [name, Array.from(data)]);

async function stateOf(runner) {
  await runner.sync();
  return copyState(runner.state);
}

/** Metrics of some steps, and the state after them. */
async function stepsOf(device, { method, inParts, steps, controls }) {
  const runner = await StepRunner.create(
    compileStep(specOf(method, inParts)),
    nodeRuntime({ threads: 1, device }),
    1,
  );
  const metrics = [];
  for (let step = 1; step <= steps; step++) {
    for (const part of inParts ? PARTS : [undefined]) {
      metrics.push(await runner.run(callOf(step, { part, controls })));
    }
  }
  const state = plain(await stateOf(runner));
  await runner.release();
  return { metrics, state };
}

/** A step that diverges, and a state that another runner continues from. */
async function continuity() {
  const runtime = nodeRuntime({ threads: 1, device: "webgpu" });
  const compiled = compileStep(specOf("joint"));
  const runner = await StepRunner.create(compiled, runtime, 1);
  await runner.run(callOf(1));
  const before = await stateOf(runner);
  const diverged = await runner.run(callOf(2, { spoil: true }));
  const after = plain(await stateOf(runner));
  await runner.run(callOf(2));
  const whole = plain(await stateOf(runner));
  await runner.release();
  const other = await StepRunner.create(compiled, runtime, 1);
  other.restore(before);
  await other.run(callOf(2));
  const continued = plain(await stateOf(other));
  await other.release();
  return {
    before: plain(before),
    isFinite: Object.values(diverged).every(Number.isFinite),
    after,
    whole,
    continued,
  };
}

/** A training of two epochs: what validation saw of the state, and what a stop left. */
async function training(device) {
  const config = trainConfig.parse({ epochs: 2, batchSize: BATCH, learningRate: RATE });
  const seen = [];
  const trainer = await Trainer.create({
    ...{ config, train: split, runtime: nodeRuntime({ threads: 1, device }) },
    validate: (state) => {
      seen.push(plain(state));
      return Promise.resolve({ experts: 1 });
    },
    spec: specOf("joint"),
  });
  const controller = new AbortController();
  await trainer.run({ onEpoch: () => controller.abort() }, controller.signal);
  const { position, state } = trainer.snapshot;
  const stopped = { step: position.step, state: plain(state) };
  await trainer.release();
  return { seen, stopped };
}

const onBoth = async (work) => ({ cpu: await work("cpu"), webgpu: await work("webgpu") });

const found = await findDevice("webgpu").catch(({ message }) => ({ missing: message }));
const report =
  "missing" in found
    ? found
    : {
        auto: await findDevice("auto"),
        joint: await onBoth((device) => stepsOf(device, { method: "joint", steps: 4 })),
        balgrad: await onBoth((device) =>
          stepsOf(device, { method: "balgrad", inParts: true, steps: 3 }),
        ),
        // It has a memory, and draws parameters back to their values at the start.
        relearning: await onBoth((device) =>
          stepsOf(device, {
            ...{ method: "relearning", steps: 3 },
            controls: { round: 1, "back.image": 0.5, "back.text": 0.25 },
          }),
        ),
        continuity: await continuity(),
        training: await onBoth(training),
      };
process.stdout.write(`${JSON.stringify(report)}\n`);
