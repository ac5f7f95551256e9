/**
 * @module Our steps with a pair of encoders, in a process of its own: one line of JSON per command on
 * standard input, `{"steps": 4}`; answers with seconds and peak memory in MB.
 *
 *     node bench/finetune_engine.js FOLDER KIND BATCH THREADS [DEVICE [PROFILE]]
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { configureMethod } from "../dist/balance/methods.js";
import { predictionModel } from "../dist/evaluate/predictor.js";
import { readOnnx } from "../dist/graph/onnx/read.js";
import { modelConfig } from "../dist/inputs/config.js";
import { planFinetuning } from "../dist/model/finetune.js";
import { encoderWeights, importedNetwork } from "../dist/model/imported.js";
import { randomStream } from "../dist/random.js";
import { nodeRuntime } from "../dist/runtime/node.js";
import { onnxRuntime } from "../dist/runtime/onnxRuntime.js";
import { StepRunner } from "../dist/train/runner.js";
import { compileStep } from "../dist/train/step.js";

const [folder, kind, batchText, threadsText, device = "cpu", profile] = process.argv.slice(2);
const [batch, threads] = [batchText, threadsText].map(Number);
const [SIDE, TOKENS, VOCABULARY, CLASSES] = [224, 64, 30522, 101];

const KINDS = {
  forward: { method: "joint", surgery: "exact" },
  plain: { method: "joint", surgery: "exact" },
  exact: { method: "balgrad", surgery: "exact" },
  representation: { method: "balgrad", surgery: "representation" },
};

function modelOf({ surgery }) {
  const model = modelConfig.parse({ embed: 256, dropout: 0, finetune: { mode: "all", surgery } });
  const file = (name) => readOnnx(readFileSync(join(folder, name)));
  const planned = (encoder) =>
    importedNetwork({
      ...encoder,
      plan: planFinetuning(encoderWeights(encoder), model.finetune, encoder.name),
    });
  return {
    ...model,
    image: planned({
      ...{ name: "image", file: file("image.onnx"), size: 384 },
      ...{ input: "pixel_values", shape: [3, SIDE, SIDE] },
      pooling: { output: "last_hidden_state", kind: "cls" },
    }),
    text: planned({
      ...{ name: "text", file: file("text.onnx"), size: 512, tokens: TOKENS },
      inputs: {
        ids: "input_ids",
        mask: "attention_mask",
        types: "token_type_ids",
        positions: null,
      },
      ...{ padding: 0, empty: Int32Array.of(1, 2) },
      pooling: { output: "pooler_output", kind: "none" },
    }),
  };
}

const random = randomStream(1, "bench");
const floats = (shape, value) => {
  const size = shape.reduce((product, dim) => product * dim, 1);
  return { dtype: "float32", shape, data: Float32Array.from({ length: size }, value) };
};

function inputsOf() {
  const targets = floats([batch, CLASSES], () => 0);
  for (let row = 0; row < batch; row++) targets.data[row * CLASSES + random.integer(CLASSES)] = 1;
  const ids = Int32Array.from({ length: batch * TOKENS }, () => 2 + random.integer(VOCABULARY - 1));
  return {
    image: floats([batch, 3, SIDE, SIDE], () => random.normal()),
    text: { dtype: "int32", shape: [batch, TOKENS], data: ids },
    image_present: floats([batch], () => 1),
    text_present: floats([batch], () => 1),
    targets,
  };
}

const labels = { labelKind: "single-label", classes: CLASSES };
const runtime = profile ? profilingRuntime() : nodeRuntime({ threads, device });

/** A runtime that writes ONNX Runtime's profile when it is released. */
function profilingRuntime() {
  const load = async ({ bytes, inputs }) => {
    const ort = await onnxRuntime();
    const session = await ort.InferenceSession.create(bytes, {
      ...{ enableProfiling: true, profileFilePrefix: profile, intraOpNumThreads: threads },
    });
    return {
      run: (feeds) => {
        const tensors = inputs.map((name) => {
          const { dtype, data, shape } = feeds[name];
          return [name, new ort.Tensor(dtype, data, shape)];
        });
        return session.run(Object.fromEntries(tensors));
      },
      release: async () => {
        session.endProfiling();
        await session.release();
      },
    };
  };
  return {
    createSession: load,
    async createWritingSession(model) {
      const { run, release } = await load(model);
      return {
        run: async (feeds, outputs) => {
          const results = await run(feeds);
          for (const [name, { data }] of Object.entries(outputs)) data.set(results[name].data);
        },
        release,
      };
    },
  };
}

async function forwardSteps(model) {
  const compiled = compileStep(specOf(model));
  const session = await runtime.createSession(predictionModel(model, labels));
  const feeds = { ...inputsOf(), ...Object.fromEntries(compiled.initialState) };
  return {
    run: async (steps) => {
      for (let done = 0; done < steps; done++) await session.run(feeds);
    },
    release: () => session.release(),
  };
}

const specOf = (model) => ({
  ...{ model, labels, clipNorm: 0, seed: 1, priorLoss: Math.log(CLASSES), nominal: { batch } },
  method: configureMethod(
    KINDS[kind].method,
    KINDS[kind].method === "joint" ? { probes: false } : {},
  ),
  optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
});

async function trainingSteps(model) {
  const runner = await StepRunner.create(compileStep(specOf(model)), runtime, 1);
  const call = { batch, inputs: inputsOf(), learningRate: 1e-3, controls: {} };
  let step = 0;
  return {
    run: async (steps) => {
      for (let done = 0; done < steps; done++) await runner.run({ ...call, step: ++step });
    },
    release: () => runner.release(),
  };
}

const model = modelOf(KINDS[kind]);
const { run, release } = await (kind === "forward" ? forwardSteps : trainingSteps)(model);
console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const { steps } = JSON.parse(line);
  const start = performance.now();
  await run(steps);
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds, peak: process.resourceUsage().maxRSS / 1024 }));
}
await release();
