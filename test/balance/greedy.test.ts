/** @module Greedy: conditional learning speeds, turns and what each trains. */

import { describe, expect, it } from "vitest";

import { conditionalSpeed, nextTurn } from "../../src/balance/multimodal/greedy.js";
import type { Tensor } from "../../src/graph/tensor.js";
import {
  callOf,
  directionOf,
  dot,
  expectClose,
  numbersOf,
  revealing,
  valueIn,
  withRunner,
} from "./harness.js";
import { sceneInputs, sceneSpec, sceneState, withValues } from "./scenes.js";
import { valuesOf } from "./vectors.js";

describe("Greedy", () => {
  it("starts a window for the modality that learns slower than the other is used, and ends it", () => {
    const settings = (row: (...values: number[]) => Tensor, unlocked: number) => ({
      ...{ threshold: 0.1, window: 3 },
      unlocked: row(unlocked),
    });
    const after = (turn: number, left: number, difference: number, unlocked = 1): number[] =>
      valuesOf((row) => {
        const next = nextTurn(row(turn), row(left), row(difference), settings(row, unlocked));
        return [next.turn, next.left];
      }).flat();
    expect(after(0, 0, 0.2)).toEqual([1, 3]);
    expect(after(0, 0, -0.2)).toEqual([-1, 3]);
    expect(after(0, 0, 0.05)).toEqual([expect.closeTo(0, 9), 0]);
    expect(after(0, 0, 5, 0)).toEqual([0, 0]);
    // Under way, the difference plays no part.
    expect(after(-1, 3, 5)).toEqual([-1, 2]);
    expect(after(1, 1, 5)).toEqual([0, 0]);
  });

  it("compares speeds on a log scale", () => {
    const [[faster], [even]] = valuesOf((row) => [
      conditionalSpeed(row(8), row(2)),
      conditionalSpeed(row(2), row(2)),
    ]) as [number[], number[]];
    expect(faster).toBeCloseTo(Math.log(4), 9);
    expect(even).toBe(0);
  });

  it("trains one modality's parameters in its turn, both otherwise", async () => {
    const spec = revealing(sceneSpec("greedy", {}, { fusion: "concat" }));
    await withRunner(spec, async (runner, { initialState }) => {
      const inputs = sceneInputs(1);
      // Memory keeps its start: only the parameters are drawn.
      const memory = [...initialState].filter(([name]) => name.startsWith("method."));
      const start = new Map([...sceneState(initialState, 1), ...memory]);
      const moves = async (turn: number) => {
        runner.restore(withValues(start, { "method.turn": [turn], "method.left": [2] }));
        const { gradients } = await directionOf(runner, inputs, { unlocked: 1 });
        const size = (side: string) =>
          dot(
            gradients.get(`${side}.embedding.weight`)!,
            gradients.get(`${side}.embedding.weight`)!,
          );
        return { image: size("image") > 0, text: size("text") > 0 };
      };
      expect(await moves(0)).toEqual({ image: true, text: true });
      expect(await moves(1)).toEqual({ image: true, text: false });
      expect(await moves(-1)).toEqual({ image: false, text: true });
    });
  });

  // Features twice as long as the embeddings: embedding layers have as many rows as the fusion.
  it.each([
    ["concat", 5],
    ["concat", 8],
    ["add", 8],
    ["cosine", 8],
  ] as const)(
    "sums squared gradients over squared parameters, %s, size %s",
    async (fusion, size) => {
      const spec = revealing(sceneSpec("greedy", {}, { fusion, size }));
      await withRunner(spec, async (runner, { initialState }) => {
        const inputs = sceneInputs(1, "single-label", size);
        const { gradients } = await directionOf(runner, inputs, { unlocked: 0 });
        const start = (name: string): number[] => numbersOf(initialState.get(name)!);
        const ratio = (
          pairs: readonly (readonly [readonly number[], readonly number[]])[],
        ): number => {
          const squares = (at: 0 | 1) =>
            pairs.reduce((sum, pair) => sum + dot(pair[at], pair[at]), 0);
          return squares(1) / squares(0);
        };
        const whole = (name: string) => [start(name), gradients.get(name)!] as const;
        const half = (name: string, side: number) => {
          const cut = (values: readonly number[]) =>
            values.slice((side * values.length) / 2, ((side + 1) * values.length) / 2);
          return [cut(start(name)), cut(gradients.get(name)!)] as const;
        };
        // What brings in the text, then what brings in the image.
        const fused = (at: 0 | 1) => {
          const bias = () => whole("joint.classifier.bias");
          if (fusion === "cosine") return [whole(`joint.cosine.${at ? "image" : "text"}.weight`)];
          if (fusion === "add") return [whole("joint.classifier.weight"), bias()];
          return [half("joint.classifier.weight", 1 - at), bias()];
        };
        await runner.run(callOf(inputs, { controls: { unlocked: 0 } }));
        for (const at of [0, 1] as const) {
          const side = at === 0 ? "image" : "text";
          const own = ratio([whole(`${side}.embedding.weight`), whole(`${side}.embedding.bias`)]);
          const other = ratio(fused(at));
          expectClose(valueIn(runner, `method.own.${side}`), [own], 1e-4, side);
          expectClose(valueIn(runner, `method.other.${side}`), [other], 1e-4, side);
        }
      });
    },
  );
});
