/** @module The synthetic source: what it promises about its information, and that it keeps it. */

import { describe, expect, it } from "vitest";

import type { Sample } from "./dataset.js";
import { bayesAccuracy, loadSynthetic, syntheticOptions } from "./synthetic.js";

const options = (given: object) => syntheticOptions.parse(given);

describe("the best possible accuracy", () => {
  it("is the share that shows the label, plus the luck of the rest", () => {
    const found = bayesAccuracy(options({ classes: 4, image: 0.6, text: 0.9 }));
    expect(found.image).toBeCloseTo(0.6 + 0.4 / 4, 12);
    expect(found.text).toBeCloseTo(0.9 + 0.1 / 4, 12);
    expect(found.none).toBe(0.25);
    expect(found.both).toBeCloseTo(0.96 + 0.04 / 4, 12);
  });

  it("with an empty modality is the other's", () => {
    const found = bayesAccuracy(options({ classes: 5, image: 0, text: 0.8 }));
    expect(found.image).toBeCloseTo(0.2, 12);
    expect(found.both).toBeCloseTo(found.text, 12);
  });

  it("of shared information gains nothing from a second modality that is as good", () => {
    const apart = bayesAccuracy(options({ image: 0.7, text: 0.7, shared: 0 }));
    const shared = bayesAccuracy(options({ image: 0.7, text: 0.7, shared: 1 }));
    expect(apart.both).toBeCloseTo(0.91 + 0.09 / 6, 12);
    expect(shared.both).toBeCloseTo(shared.image, 12);
    expect(shared.image).toBeCloseTo(apart.image, 12);
  });

  it("of pure synergy is chance for each modality and certainty for both", () => {
    const found = bayesAccuracy(options({ classes: 6, synergy: 1 }));
    expect(found.image).toBeCloseTo(1 / 6, 12);
    expect(found.text).toBeCloseTo(1 / 6, 12);
    expect(found.both).toBeCloseTo(1, 12);
  });
});

/** Place and brightness of the patches of a picture: 8 x 8 pixels that are not grey on average. */
function patchesIn({ image }: Sample): string[] {
  const { pixels } = image as Extract<Sample["image"], { kind: "pixels" }>;
  const cells = Array.from({ length: 16 }, (_, cell) => [Math.floor(cell / 4), cell % 4] as const);
  return cells.flatMap(([row, column]) => {
    const sums = [0, 0, 0];
    for (let y = 8 * row; y < 8 * row + 8; y++) {
      for (let x = 8 * column; x < 8 * column + 8; x++) {
        for (const channel of sums.keys()) sums[channel]! += pixels[3 * (32 * y + x) + channel]!;
      }
    }
    const bright = sums.map((sum) => Math.sign(Math.round((sum / 64 - 128) / 64)));
    return bright.some((sign) => sign !== 0) ? [`${row}/${column} ${bright.join()}`] : [];
  });
}

describe("the samples", () => {
  const word = /amber|basil|cedar|delta|ember|fjord/;

  it.each([{}, { shared: 1 }, { synergy: 0.5 }, { image: 0.9, text: 0.3 }])(
    "tell as much as was asked for: %o",
    (given) => {
      const chosen = options({ ...given, samples: 3000 });
      const { samples } = loadSynthetic(chosen, 1);
      const counts = new Map<string, number[]>();
      for (const { text, labels } of samples) {
        const code = word.exec(text!)?.[0] ?? "none";
        const row = counts.get(code) ?? new Array<number>(chosen.classes).fill(0);
        row[labels[0]!]!++;
        counts.set(code, row);
      }
      const hits = [...counts.values()].reduce((sum, row) => sum + Math.max(...row), 0);
      // Three standard deviations of a share of 3000 are below 0.03.
      expect(Math.abs(hits / samples.length - bayesAccuracy(chosen).text)).toBeLessThan(0.03);
    },
  );

  it("of several parts tell the label by all patches together, and nothing by one", () => {
    const { samples } = loadSynthetic(options({ image: 1, parts: 3, classes: 4 }), 1);
    const seen = samples.map((sample) => ({
      patches: patchesIn(sample),
      label: sample.labels[0]!,
    }));
    expect(seen.every(({ patches }) => patches.length === 3)).toBe(true);
    const together = seen.map(({ patches, label }) => [patches.join(), label] as const);
    // 4 x 4 x 4 combinations, each with one label.
    expect(new Set(together.map(([look]) => look)).size).toBe(64);
    expect(new Set(together.map(String)).size).toBe(64);
    for (const row of [0, 1, 2]) {
      const pairs = seen.map(({ patches, label }) => `${patches[row]}: ${label}`);
      const counts = [...new Set(pairs)].map((pair) => pairs.filter((x) => x === pair).length);
      expect(counts).toHaveLength(16);
      // 187.5 are expected of each, with a standard deviation of 13.
      expect(Math.max(...counts)).toBeLessThan(187.5 + 5 * 13);
    }
  });

  it("of one part have a look for every code", () => {
    const { samples } = loadSynthetic(options({ image: 1, classes: 12 }), 1);
    const looks = samples.map((sample) => `${patchesIn(sample).join()}: ${sample.labels[0]!}`);
    expect(new Set(looks).size).toBe(12);
    expect(new Set(looks.map((look) => look.split(":")[0])).size).toBe(12);
  });

  it("are the same for a seed, and others for another", () => {
    const chosen = options({ samples: 20 });
    expect(loadSynthetic(chosen, 1).samples).toEqual(loadSynthetic(chosen, 1).samples);
    expect(loadSynthetic(chosen, 2).samples).not.toEqual(loadSynthetic(chosen, 1).samples);
  });
});
