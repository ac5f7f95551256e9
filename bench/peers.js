/**
 * @module A plain training step in TensorFlow.js and jax-js, and ours, in turn: the model and batch of `bench/step.js`.
 *
 *     npm install --no-save --ignore-scripts @tensorflow/tfjs @tensorflow/tfjs-backend-wasm @jax-js/jax
 *     npm run bench:peers
 *
 * A package that is not there is left out and named. `--from <folder>` takes packages that are installed elsewhere.
 * `@tensorflow/tfjs-node` downloads its library when it is installed; its row is there where that has worked.
 */

import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import Table from "cli-table3";

import { randomStream } from "../dist/random.js";
import { usableCores } from "../dist/runtime/cores.js";
import { prepareEngine } from "./engine.js";
import { median } from "./statistics.js";

const { values: flags } = parseArgs({
  options: {
    from: { type: "string", default: fileURLToPath(new URL("..", import.meta.url)) },
    steps: { type: "string", default: "10" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});
const [steps, rounds] = [flags.steps, flags.rounds].map(Number);
const installed = createRequire(join(resolve(flags.from), "package.json"));

const SIZES = [64, 256].flatMap((batch) =>
  [256, 512].map((embed) => ({ batch, embed, features: 768, classes: 101 })),
);
const AIM = 5;
const PAUSE_MILLISECONDS = 200;
const [RATE, DECAY, BETA1, BETA2, EPSILON] = [1e-3, 0.01, 0.9, 0.999, 1e-8];

/** Starting values of the layers, and a batch. */
function numbersOf({ batch, embed, features, classes }) {
  const random = randomStream(1, "peers");
  const normal = (length, scale) => Float32Array.from({ length }, () => scale * random.normal());
  const layer = (inputs, outputs) => ({
    shape: [inputs, outputs],
    weight: normal(inputs * outputs, 1 / Math.sqrt(inputs)),
    bias: new Float32Array(outputs),
  });
  const targets = new Float32Array(batch * classes);
  for (let row = 0; row < batch; row++) targets[row * classes + random.integer(classes)] = 1;
  return {
    layers: {
      image: layer(features, embed),
      text: layer(features, embed),
      joint: layer(2 * embed, classes),
    },
    image: normal(batch * features, 1),
    text: normal(batch * features, 1),
    targets,
  };
}

/** TensorFlow.js on one of its backends; gives a function that runs one step. */
async function tensorflow(tf, size) {
  const { layers, image, text, targets } = numbersOf(size);
  const [x, y, wanted] = [
    tf.tensor2d(image, [size.batch, size.features]),
    tf.tensor2d(text, [size.batch, size.features]),
    tf.tensor2d(targets, [size.batch, size.classes]),
  ];
  const variables = Object.fromEntries(
    Object.entries(layers).map(([name, { shape, weight, bias }]) => [
      name,
      [tf.variable(tf.tensor2d(weight, shape)), tf.variable(tf.tensor1d(bias))],
    ]),
  );
  const linear = (name, input) => tf.add(tf.matMul(input, variables[name][0]), variables[name][1]);
  const all = Object.values(variables).flat();
  // Its Adam has no decay of the weights, which is added as one more product per weight.
  const optimizer = tf.train.adam(RATE, BETA1, BETA2, EPSILON);
  const keep = tf.scalar(1 - RATE * DECAY);
  return async () => {
    const loss = optimizer.minimize(
      () => {
        const both = tf.concat([tf.relu(linear("image", x)), tf.relu(linear("text", y))], 1);
        return tf.losses.softmaxCrossEntropy(wanted, linear("joint", both));
      },
      true,
      all,
    );
    tf.tidy(() => {
      for (const [weight] of Object.values(variables)) weight.assign(tf.mul(weight, keep));
    });
    const [value] = await loss.data();
    loss.dispose();
    return value;
  };
}

/** jax-js, the whole step as one compiled function. Its arrays are used up by what they are given to, but for `ref`. */
async function jaxJs(jax, size) {
  const { numpy: np, nn, tree } = jax;
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  const { layers, image, text, targets } = numbersOf(size);
  const array = (data, shape) => np.array(data, { shape, dtype: np.float32 });
  let parameters = Object.fromEntries(
    Object.entries(layers).flatMap(([name, { shape, weight, bias }]) => [
      [`${name}.weight`, array(weight, shape)],
      [`${name}.bias`, array(bias, [shape[1]])],
    ]),
  );
  const zeros = () =>
    Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [name, np.zeros(value.shape)]),
    );
  let [mean, variance] = [zeros(), zeros()];
  const [x, y, wanted] = [
    array(image, [size.batch, size.features]),
    array(text, [size.batch, size.features]),
    array(targets, [size.batch, size.classes]),
  ];
  const lossOf = (p, a, b, t) => {
    const linear = (name, input) => np.dot(input, p[`${name}.weight`]).add(p[`${name}.bias`]);
    const both = np.concatenate([nn.relu(linear("image", a)), nn.relu(linear("text", b))], -1);
    return nn
      .logSoftmax(linear("joint", both), -1)
      .mul(t)
      .sum()
      .mul(-1 / size.batch);
  };
  const step = jax.jit((p, m, v, rate, epsilon, a, b, t) => {
    const [loss, g] = jax.valueAndGrad(lossOf)(tree.ref(p), a, b, t);
    const next = { p: {}, m: {}, v: {} };
    for (const name of Object.keys(p)) {
      const gradient = g[name];
      const moment = m[name].mul(BETA1).add(gradient.ref.mul(1 - BETA1));
      const square = v[name].mul(BETA2).add(gradient.ref.mul(gradient).mul(1 - BETA2));
      const change = moment.ref.div(np.sqrt(square.ref).add(epsilon.ref)).mul(rate.ref);
      const shrink = name.endsWith(".weight") ? 1 - RATE * DECAY : 1;
      next.p[name] = p[name].mul(shrink).sub(change);
      next.m[name] = moment;
      next.v[name] = square;
    }
    rate.dispose();
    epsilon.dispose();
    return [next.p, next.m, next.v, loss];
  });
  let count = 0;
  return async () => {
    count++;
    const correction = Math.sqrt(1 - BETA2 ** count);
    const rate = np.array((RATE * correction) / (1 - BETA1 ** count));
    const epsilon = np.array(EPSILON * correction);
    let loss;
    [parameters, mean, variance, loss] = step(
      ...[parameters, mean, variance, rate, epsilon, x.ref, y.ref, wanted.ref],
    );
    const [value] = await loss.data();
    await jax.blockUntilReady(tree.ref(parameters));
    return value;
  };
}

/** A package that is installed; `null`, with a word to the user, where it is not. */
function find(name) {
  try {
    return installed(name);
  } catch (error) {
    console.error(`${name} is left out: ${error.message.split("\n")[0]}`);
    return null;
  }
}

async function wasmBackend() {
  const tf = find("@tensorflow/tfjs");
  const backend = tf && find("@tensorflow/tfjs-backend-wasm");
  if (!backend) return null;
  backend.setWasmPaths(`${dirname(installed.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
  await tf.setBackend("wasm");
  await tf.ready();
  return (size) => tensorflow(tf, size);
}

async function peers() {
  const [node, jax] = [find("@tensorflow/tfjs-node"), find("@jax-js/jax")];
  const found = {
    "TensorFlow.js, wasm": await wasmBackend(),
    "TensorFlow.js, node": node && ((size) => tensorflow(node, size)),
    "jax-js, wasm": jax && ((size) => jaxJs(jax, size)),
  };
  return Object.entries(found).filter(([, make]) => make);
}

/** Seconds of wall and processor time of some steps of a peer; it must learn the batch, or it does other work. */
function stepping(step) {
  let first = null;
  return async (count) => {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    let loss = NaN;
    for (let at = 0; at < count; at++) {
      loss = await step();
      first ??= loss;
    }
    if (!(loss < first)) throw new Error(`the loss went from ${first} to ${loss}`);
    const { user, system } = process.cpuUsage(cpu);
    return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
  };
}

/** Milliseconds per step of wall and processor time of all contestants, in turn. */
async function measure(size, others) {
  const contestants = [["ours, plain", await prepareEngine("plain", size, usableCores())]];
  for (const [name, make] of others) contestants.push([name, stepping(await make(size))]);
  const turns = new Map(contestants.map(([name]) => [name, []]));
  for (const [, run] of contestants) await run(2);
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of contestants) {
      await setTimeout(PAUSE_MILLISECONDS);
      turns.get(name).push(await run(steps));
    }
  }
  const perStep = (list, key) => (1000 * median(list.map((turn) => turn[key]))) / steps;
  return Object.fromEntries(
    [...turns].map(([name, list]) => [
      name,
      { wall: perStep(list, "seconds"), cpu: perStep(list, "cpuSeconds") },
    ]),
  );
}

const others = await peers();
const results = [];
for (const size of SIZES) results.push({ ...size, milliseconds: await measure(size, others) });
if (flags.json) console.log(JSON.stringify(results));
else {
  const head = results.map(({ batch, embed }) => `${batch}, ${embed}`);
  const table = new Table({ head: ["batch, embed", ...head] });
  for (const name of ["ours, plain", ...others.map(([name]) => name)]) {
    table.push([
      name,
      ...results.map(({ milliseconds }) => {
        const { wall, cpu } = milliseconds[name];
        const of = wall / milliseconds["ours, plain"].wall;
        return `${wall.toFixed(1)} ms (processor ${cpu.toFixed(1)}), ${of.toFixed(1)} x`;
      }),
    ]);
  }
  console.log(
    `Milliseconds per plain step and times ours (aim: at least ${AIM}), ${usableCores()} threads.`,
  );
  console.log(table.toString());
}
process.exit(0);
