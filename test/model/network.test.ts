/** @module The classifier's parts: shares, blanks, single modalities. */

import { describe, expect, it } from "vitest";

import { Graph } from "../../src/graph/graph.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { add } from "../../src/graph/functions/elementwise.js";
import { FUSIONS, type ModelConfig, plainModel } from "../../src/model/config.js";
import { modelInputs } from "../../src/model/inputs.js";
import { forwardPass } from "../../src/model/model.js";
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
  const network = buildNetwork(scope, inputs, config, { task: "single-label", classes: CLASSES });
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
  return { network, outputs, run };
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
    if (fusion === "attention") {
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
