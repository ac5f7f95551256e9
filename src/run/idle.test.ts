import { describe, expect, test } from "vitest";

import { commandWords } from "../cli/words.js";
import { withSeed } from "../compare/plan.js";
import { ConfigError } from "../errors.js";
import { checkConfig } from "./config.js";
import { refuseIdle } from "./idle.js";

function refusalOf(settings: Readonly<Record<string, unknown>>): ConfigError | null {
  try {
    refuseIdle(settings, checkConfig(settings, "test"), "test");
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return error as ConfigError;
  }
}

const ENCODER = { image: { type: "pretrained", encoder: "models/vit" } };
const tuned = (finetune: object, encoder: object = ENCODER) => ({
  model: { ...encoder, finetune },
});

describe("a setting that has no effect beside the others is refused", () => {
  test.each([
    [tuned({ mode: "lora" }, {}), 'model.finetune.mode = "lora"', "there is none"],
    [tuned({ layerDecay: 0.8 }, {}), "model.finetune.layerDecay = 0.8", "there is none"],
    [tuned({ rank: 4 }, {}), "model.finetune.rank = 4", "there is none"],
    [tuned({ rate: 0.01 }), "model.finetune.rate = 0.01", "are frozen"],
    [tuned({ mode: "none", dropout: 0 }), "model.finetune.dropout = 0", "are frozen"],
    [tuned({ mode: "all", rank: 8 }), "model.finetune.rank = 8", "low-rank updates"],
    [tuned({ mode: "last:2", targets: "all" }), 'model.finetune.targets = "all"', "low-rank"],
    [tuned({ mode: "lora", batchNorm: "trained" }), "batchNorm", "leave normalisations"],
    [
      { data: { modalities: "text" }, evaluation: { imageNoise: 2 } },
      "evaluation.imageNoise = 2",
      "the texts alone are used",
    ],
    [
      { data: { modalities: "image", maxTokens: 9 } },
      "data.maxTokens = 9",
      "the images alone are used",
    ],
  ])("%j", (settings, written, why) => {
    const { message } = refusalOf(settings)!;
    expect(message).toContain(written);
    expect(message).toContain(why);
  });

  test("the way on is said in the words of the command line", () => {
    expect(refusalOf(tuned({ mode: "all" }, {}))!.in(commandWords).hint).toBe(
      "Leave it out, or name an encoder with --image-encoder or --text-encoder.",
    );
    expect(refusalOf(tuned({ mode: "all", alpha: 3 }))!.in(commandWords).hint).toBe(
      "Leave it out, or give --finetune lora.",
    );
  });
});

test.each([
  {},
  tuned({ mode: "none" }, {}),
  tuned({ surgery: "representation" }, {}),
  tuned({ mode: "lora", rank: 4, alpha: 8, targets: "all", dropout: 0.1, rate: 0.3 }),
  tuned({ mode: "last:2", layerDecay: 0.9, batchNorm: "trained" }),
  { data: { modalities: "text" }, evaluation: { textNoise: 0.5 } },
])("a setting that has an effect is taken: %j", (settings) => {
  expect(refusalOf(settings)).toBeNull();
});

test("a given seed of the splits stays, whatever the seed", () => {
  expect(withSeed({}, 3)).toEqual({ train: { seed: 3 }, data: { splitSeed: 3 } });
  expect(withSeed({ data: { splitSeed: 7, fold: 1 } }, 3)).toEqual({
    ...{ train: { seed: 3 }, data: { splitSeed: 7, fold: 1 } },
  });
});
