/** @module The classifier's parts: shares, blanks, single modalities. */

import { describe, expect, it } from "vitest";

import { Graph } from "../../src/graph/graph.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { add } from "../../src/graph/functions/elementwise.js";
import { FUSIONS, type ModelConfig, OWN_FUSIONS } from "../../src/model/config.js";
import { plainModel } from "../support/plainModel.js";
import { ADDITIVE_FUSIONS } from "../../src/model/fusion.js";
import { modelInputs } from "../../src/model/inputs.js";
import { forwardPass } from "../../src/model/model.js";
import { mixtureLogits } from "../../src/model/mixture.js";
import { buildNetwork } from "../../src/model/network.js";
import { ParameterScope } from "../../src/nn/parameters.js";
import { randomStream } from "../../src/random.js";
import { expectClose } from "../balance/harness.js";
import { evaluate, type Feeds } from "../reference/evaluate.js";

const CLASSES = 3;
const IMAGE = [0.3, -1, 2, 0.5, 1, -0.2];
const TEXT = [1, 0.4, -0.7, 0.2];

/** A small model on features, with random parameters (blanks and biases too). */
function modelOf(settings: Partial<ModelConfig>) {
  const config = plainModel({
    image: { type: "features", size: 3 },
    text: { type: "features", size: 2 },
    embed: 4,
    dropout: 0,
    ...settings,
  });
  const graph = new Graph();
  const scope = ParameterScope.root(graph, 1);
  const inputs = modelInputs(graph, config);
  const network = buildNetwork(scope, inputs, config, {
    labelKind: "single-label",
    classes: CLASSES,
  });
  const outputs = forwardPass(network, inputs);
  const run = (wanted: readonly Tensor[], image: readonly number[], text: readonly number[]) => {
    const feeds: Record<string, Feeds[string]> = {
      image: { shape: [2, 3], data: image },
      text: { shape: [2, 2], data: text },
    };
    for (const { name, tensor } of graph.states.values()) {
      const shape = tensor.shape as number[];
      const random = randomStream(3, name);
      const size = shape.reduce((product, dim) => product * dim, 1);
      feeds[name] = { shape, data: Array.from({ length: size }, () => random.normal()) };
    }
    return evaluate(wanted, feeds).map(({ data }) => Array.from(data));
  };
  return { network, outputs, run, parameters: scope.parameters };
}

/** The second of two rows blank. */
const blankSecond = (values: readonly number[]): number[] =>
  values.map((value, at) => (at < values.length / 2 ? value : 0));

const rowsOf = (values: readonly number[]): number[][] => [
  values.slice(0, values.length / 2),
  values.slice(values.length / 2),
];

describe.each(FUSIONS)("fusion %s", (fusion) => {
  it("is the sum of its shares where it is additive", () => {
    const { network, outputs, run } = modelOf({ fusion });
    const shares = network.shares({
      image: outputs.imageEmbedding,
      text: outputs.textEmbedding,
    });
    if (!ADDITIVE_FUSIONS.includes(fusion)) {
      expect(shares).toBeNull();
      return;
    }
    const [sum, logits] = run([add(shares!.image, shares!.text), outputs.logits], IMAGE, TEXT);
    expectClose(sum!, logits!, 1e-12, "sum of shares");
  });

  it("lets the other head answer for a blank modality, if so set", () => {
    const { outputs, run } = modelOf({ fusion, blank: "head" });
    const wanted = [outputs.logits, outputs.imageLogits, outputs.textLogits];
    const plain = modelOf({ fusion });
    const [whole] = plain.run([plain.outputs.logits], IMAGE, TEXT);
    const [noImage, , textHead] = run(wanted, blankSecond(IMAGE), TEXT);
    expect(rowsOf(noImage!)[0]).toEqual(rowsOf(whole!)[0]);
    expect(rowsOf(noImage!)[1]).toEqual(rowsOf(textHead!)[1]);
    const [noText, imageHead] = run(wanted, IMAGE, blankSecond(TEXT));
    expect(rowsOf(noText!)[0]).toEqual(rowsOf(whole!)[0]);
    expect(rowsOf(noText!)[1]).toEqual(rowsOf(imageHead!)[1]);
  });
});

describe.each(FUSIONS)("fusion %s", (fusion) => {
  it("lets weights decay, and nothing else", () => {
    for (const { name, decays } of modelOf({ fusion, blank: "learned" }).parameters) {
      // A modality's noise is a number to estimate.
      const isEstimate = /quality\.(image|text)\./.test(name);
      expect(decays, name).toBe(name.endsWith(".weight") && !isEstimate);
    }
  });
});

describe.each(OWN_FUSIONS)("fusion %s", (fusion) => {
  it("does not look at the embedding of what is missing", () => {
    const { network, outputs, run } = modelOf({ fusion });
    const z = { image: outputs.imageEmbedding, text: outputs.textEmbedding };
    const graph = z.image.graph;
    const flag = (value: number) => graph.constant("float32", [1, 1], [value]);
    const of = (image: Tensor, there: number): Tensor =>
      network.fuse({ ...z, image }, { image: flag(there), text: flag(1) });
    const other = add(z.image, 5);
    const wanted = [of(z.image, 0), of(other, 0), of(z.image, 1), of(other, 1)];
    const [missing, same, whole, changed] = run(wanted, IMAGE, TEXT);
    expect(same).toEqual(missing);
    expect(changed).not.toEqual(whole);
    // As with a blank input.
    const [blank] = run([outputs.logits], blankSecond(IMAGE), TEXT);
    expectClose(rowsOf(blank!)[1]!, rowsOf(missing!)[1]!, 1e-12, "blank");
    expectClose(rowsOf(blank!)[0]!, rowsOf(whole!)[0]!, 1e-12, "whole");
  });
});

describe("the mixture of experts", () => {
  const z = (image: readonly number[], text: readonly number[]) => {
    const graph = new Graph();
    const scope = ParameterScope.root(graph, 1).child("joint");
    const rows = (...values: number[]) => graph.constant("float32", [2, 1], values);
    const logits = mixtureLogits(
      scope,
      { image: rows(1, 2), text: rows(3, 1) },
      { image: rows(...image), text: rows(...text) },
      2,
    );
    const state = {
      // Scores z_v and 2 z_l; experts (z_v, 0) and (0, 10 z_l + 1).
      ...{ "joint.mixture.gate.weight": [1, 0, 0, 2], "joint.mixture.gate.bias": [0, 0] },
      ...{ "joint.mixture.image.weight": [1, 0], "joint.mixture.image.bias": [0, 0] },
      ...{ "joint.mixture.text.weight": [0, 10], "joint.mixture.text.bias": [0, 1] },
    };
    const feeds = [...graph.states.values()].map(({ name, tensor }) => {
      return [name, { shape: tensor.shape as number[], data: state[name as keyof typeof state] }];
    });
    return evaluate([logits], Object.fromEntries(feeds) as Feeds).map(({ data }) => data)[0]!;
  };

  it("weighs the experts by the softmax of the gate", () => {
    const [first, second] = rowsOf(Array.from(z([1, 1], [1, 1])));
    // Scores 1 and 6, then 2 and 2.
    const g = 1 / (1 + Math.exp(5));
    expectClose(first!, [g, 31 * (1 - g)], 1e-9, "first");
    expectClose(second!, [1, 5.5], 1e-9, "second");
  });

  it("is the other's expert where a modality is missing", () => {
    const [noText, noImage] = rowsOf(Array.from(z([1, 0], [0, 1])));
    expect(noText).toEqual([1, 0]);
    expect(noImage).toEqual([0, 11]);
  });
});

describe("a missing modality", () => {
  it.each(["encoded", "learned"] as const)("is embedded as the blank, %s", (blank) => {
    const { network, outputs, run } = modelOf({ blank });
    const blanks = network.blanks();
    const [embedded, expected] = run(
      [outputs.imageEmbedding, blanks.image],
      blankSecond(IMAGE),
      TEXT,
    );
    expectClose(rowsOf(embedded!)[1]!, expected!, 1e-12, "blank");
    expect(rowsOf(embedded!)[0]).not.toEqual(expected);
  });
});

describe("a model of one modality", () => {
  it("never looks at the other", () => {
    const { outputs, run } = modelOf({ modalities: "image" });
    const [one] = run([outputs.logits], IMAGE, TEXT);
    expect(run([outputs.logits], IMAGE, [9, 9, 9, 9])[0]).toEqual(one);
    expect(run([outputs.logits], [...IMAGE.slice(0, 5), 7], TEXT)[0]).not.toEqual(one);
  });
});
