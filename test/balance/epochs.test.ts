/** @module Methods that set their controls by the figures of finished epochs. */

import { describe, expect, it } from "vitest";

import { configureMethod } from "../../src/balance/methods.js";
import { blendingWeights } from "../../src/balance/multimodal/gradientBlending.js";
import { mslrFactor } from "../../src/balance/multimodal/mslr.js";

describe("MSLR", () => {
  const options = { image: 0.5, text: 2, window: 2 };
  const progress = (epoch: number, ...scores: number[]) => ({
    epoch,
    epochs: 5,
    history: scores.map((image) => ({ image, text: 50 })),
  });

  it("keeps, smooths towards the common rate, or follows validation", () => {
    expect(mslrFactor("image", progress(4), { ...options, strategy: "keep" })).toBe(0.5);
    expect(mslrFactor("image", progress(0), { ...options, strategy: "smooth" })).toBe(0.5);
    expect(mslrFactor("text", progress(2), { ...options, strategy: "smooth" })).toBe(1.5);
    expect(mslrFactor("text", progress(4), { ...options, strategy: "smooth" })).toBe(1);
    const dynamic = { ...options, strategy: "dynamic" } as const;
    expect(mslrFactor("image", progress(1, 40), dynamic)).toBe(0.5);
    expect(mslrFactor("image", progress(3, 90, 40, 60), dynamic)).toBeCloseTo(0.5 * (60 / 50), 12);
    expect(mslrFactor("text", progress(3, 90, 40, 60), dynamic)).toBe(2);
  });

  it.each([
    ["keep", [1.4, 0.7], [1.4, 0.7]],
    ["smooth", [1.4, 0.7], [1, 1]],
    ["dynamic", [1.4, 0.7], [1.4 * 2, 0.7]],
  ] as const)("does something by default: %s", (strategy, first, last) => {
    const { method, options } = configureMethod("mslr", { strategy });
    const rates = (epoch: number, ...scores: number[]) =>
      method.controls!(progress(epoch, ...scores), options);
    expect(rates(0)).toEqual({ image: first[0], text: first[1] });
    // The mean of the image's last five scores is 30.
    const end = rates(4, 10, 20, 30, 30, 60);
    expect(end["image"]).toBeCloseTo(last[0], 12);
    expect(end["text"]).toBeCloseTo(last[1], 12);
    expect(method.search!["strategy"]).toContain(strategy);
  });
});

describe("Gradient Blending", () => {
  const figures = (validation: readonly number[], training: readonly number[]) => ({
    ...{ loss: validation[0]!, imageLoss: validation[1]!, textLoss: validation[2]! },
    ...{ "train.loss.task": training[0]!, "train.loss.image": training[1]! },
    "train.loss.text": training[2]!,
  });

  it("weighs by G / O^2 of the last super-epoch, equally before and where nothing improved", () => {
    const start = figures([2, 2, 2], [2, 2, 2]);
    const end = figures([1, 1.5, 2.5], [0, 1, 1]);
    const between = figures([9, 9, 9], [9, 9, 9]);
    const equal = { task: 1, image: 1, text: 1 };
    const run = [start, between, between, end, between, between];
    const at = (epoch: number, history = run) =>
      blendingWeights({ epoch, history: history.slice(0, epoch) }, 3);
    for (const epoch of [0, 1, 2, 3]) expect(at(epoch)).toEqual(equal);
    // G = (1, 0.5, 0), O = (1, 0.5, -): ratios 1, 2, 0.
    const found = at(4);
    expect(found.task).toBeCloseTo(1, 12);
    expect(found.image).toBeCloseTo(2, 12);
    expect(found.text).toBe(0);
    for (const epoch of [5, 6]) expect(at(epoch)).toEqual(found);
    expect(at(4, [start, between, between, start])).toEqual(equal);
  });

  it("measures each super-epoch from the end of the one before", () => {
    // Over n epochs the image has G = n and O = -n, so G / O^2 = 1 / n.
    const falling = (epoch: number) => figures([0, -epoch, -epoch], [0, -2 * epoch, -3 * epoch]);
    const history = Array.from({ length: 9 }, (_, epoch) => falling(epoch));
    for (const epoch of [5, 8, 9]) {
      const found = blendingWeights({ epoch, history: history.slice(0, epoch) }, 4);
      // G = (0, 4, 4), O = (0, -4, -8): ratios 0, 1/4, 1/16.
      expect(found.task).toBe(0);
      expect(found.image).toBeCloseTo((3 * 4) / 5, 12);
      expect(found.text).toBeCloseTo(3 / 5, 12);
    }
    // One more epoch of progress in the second super-epoch is one more in its gain.
    const jump = [...history.slice(0, 5), ...history.slice(5).map((_, at) => falling(at + 6))];
    const [slow, fast] = [history, jump].map((run) => {
      const task = { ...run[8]!, loss: -1, "train.loss.task": -2 };
      return blendingWeights({ epoch: 9, history: [...run.slice(0, 8), task] }, 4);
    });
    // Task: G = 1, O = -1, ratio 1; image and text by 1 / n with n = 4, then 5 (and 4 times less).
    expect(slow!.image / slow!.task).toBeCloseTo(1 / 4, 12);
    expect(fast!.image / fast!.task).toBeCloseTo(1 / 5, 12);
  });
});
