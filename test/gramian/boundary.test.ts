/** @module Gradients compared at a boundary: exact combinations, inner products of the cotangents. */

import { describe, expect, it } from "vitest";

import { gradients } from "../../src/graph/autodiff.js";
import { mul, relu, square, tanh } from "../../src/graph/functions/elementwise.js";
import { matmul } from "../../src/graph/functions/linear.js";
import { mean, sum } from "../../src/graph/functions/reduce.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { GradientEngine } from "../../src/gramian/engine.js";
import { dot, evaluate, expectClose } from "../balance/harness.js";
import { buildNetwork } from "./cases.js";

const TOLERANCE = 1e-5;

/** Two encoders of two layers, a shared layer behind both outputs, and losses that reach one or both. */
function twoEncoders() {
  const outputs: Tensor[] = [];
  const network = buildNetwork(({ parameter, input }) => {
    const encoder = (name: string): Tensor => {
      const hidden = tanh(matmul(input(`${name}.x`, [5, 4]), parameter(`${name}.first`, [4, 6])));
      return relu(matmul(hidden, parameter(`${name}.second`, [6, 3])));
    };
    const [image, text] = [encoder("image"), encoder("text")];
    outputs.push(image, text);
    const embed = (x: Tensor, name: string): Tensor =>
      matmul(x, parameter(`${name}.embed`, [3, 2]));
    const [v, l] = [embed(image, "image"), embed(text, "text")];
    return {
      task: mean(square(mul(v, l))),
      image: mean(tanh(v)),
      text: sum(square(l)),
    };
  });
  return { ...network, outputs };
}

const nameOf = (side: string, layer: string): string => `net.${side}.${layer}`;

describe("a boundary at the encoders' outputs", () => {
  it("combines to the gradients of plain differentiation, behind it and before it", async () => {
    const { graph, losses, parameters, feeds, outputs } = twoEncoders();
    const engine = new GradientEngine(losses, parameters, { boundary: () => outputs });
    const coefficients = { task: 0.5, image: -2, text: 3 };
    const wanted: Record<string, Tensor> = {};
    parameters.forEach((parameter) => {
      wanted[`engine/${parameter.name}`] = engine.combine(parameter, coefficients)!;
      for (const [loss, value] of Object.entries(losses)) {
        const [gradient] = gradients(value, [parameter.tensor]);
        if (gradient) wanted[`${loss}/${parameter.name}`] = gradient;
      }
    });
    const found = await evaluate(graph, wanted, feeds);
    for (const { name } of parameters) {
      const expected = found[`engine/${name}`]!.map((_, at) =>
        Object.entries(coefficients).reduce(
          (total, [loss, c]) => total + c * (found[`${loss}/${name}`]?.[at] ?? 0),
          0,
        ),
      );
      expectClose(found[`engine/${name}`]!, expected, TOLERANCE, name);
    }
  });

  it("takes inner products of cotangents for what is behind it, of gradients for the rest", async () => {
    const { graph, losses, parameters, feeds, outputs } = twoEncoders();
    const engine = new GradientEngine(losses, parameters, { boundary: () => outputs });
    const [imageOut] = outputs as [Tensor, Tensor];
    const embed = parameters.find(({ name }) => name === nameOf("image", "embed"))!;
    const behind = parameters.filter(({ name }) => /image\.(first|second)/.test(name));
    const at = (loss: Tensor, wrt: Tensor): Tensor => gradients(loss, [wrt])[0]!;
    const found = await evaluate(
      graph,
      {
        inner: engine.inner("task", "image", [...behind, embed]),
        taskOut: at(losses["task"]!, imageOut),
        imageOut: at(losses["image"]!, imageOut),
        taskEmbed: at(losses["task"]!, embed.tensor),
        imageEmbed: at(losses["image"]!, embed.tensor),
      },
      feeds,
    );
    const expected =
      dot(found["taskOut"], found["imageOut"]) + dot(found["taskEmbed"], found["imageEmbed"]);
    expectClose(found["inner"], [expected], TOLERANCE, "<task, image>");
  });

  it("knows which losses reach what is behind it", () => {
    const { losses, parameters, outputs } = twoEncoders();
    const engine = new GradientEngine(losses, parameters, { boundary: () => outputs });
    const first = (side: string) => parameters.find(({ name }) => name === nameOf(side, "first"))!;
    expect(engine.reaches("text", first("image"))).toBe(false);
    expect(engine.reaches("text", first("text"))).toBe(true);
    expect(engine.combine(first("text"), { image: 1 })).toBeUndefined();
  });

  it("has one backward pass through the encoders for three losses", () => {
    const count = (withBoundary: boolean): number => {
      const { graph, losses, parameters, outputs } = twoEncoders();
      const boundary = withBoundary ? { boundary: () => outputs } : {};
      const engine = new GradientEngine(losses, parameters, boundary);
      for (const parameter of parameters) engine.combine(parameter, { task: 1, image: 2, text: 3 });
      return graph.nodes.filter(({ op }) => op === "Gemm").length;
    };
    // Of each encoder one product less for its second loss.
    expect(count(false) - count(true)).toBe(2);
  });
});
