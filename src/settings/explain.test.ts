import { expect, test } from "vitest";

import { checkConfig } from "../run/config.js";

/** What an error says, and its hint. */
function refused(
  settings: object,
  origin = "settings.json",
): readonly [string, string | undefined] {
  try {
    checkConfig(settings, origin);
  } catch (error) {
    const { message, hint } = error as Error & { readonly hint?: string };
    return [message, hint];
  }
  throw new Error("nothing was refused");
}

test.each([
  [{ model: { embed: 1.5 } }, "model.embed = 1.5: expected a whole number from 1 to 65536."],
  [{ model: { dropout: 0.99 } }, "model.dropout = 0.99: expected a number from 0 to 0.95."],
  [{ train: { epsilon: 0 } }, "train.epsilon = 0: expected a number above 0."],
  [{ data: { onBad: "ignore" } }, 'data.onBad = "ignore": expected skip, stop or missing.'],
  [{ data: { vendors: ["apple"] } }, 'data.vendors = ["apple"]: expected a list of at least 1'],
  [{ train: { classWeights: { cat: -1 } } }, 'train.classWeights = {"cat":-1}: expected none,'],
  [{ train: { batchSize: 7, microBatch: 3 } }, "train.microBatch = 3: expected 0 or a divisor"],
  [{ model: { image: { type: "vgg" } } }, 'model.image.type = "vgg": expected convolutional,'],
  [{ model: { text: { type: "pretrained" } } }, "model.text.encoder: missing; expected a text."],
  [{ model: 3 }, "model = 3: expected a group of settings."],
  [{ method: { options: { lambda: -1 } } }, "method.options.lambda = -1: robust expects a number"],
])("%j is refused with the value and what was expected", (settings, message) => {
  expect(refused(settings)[0]).toContain(`settings.json: ${message}`);
});

test("a setting that is none is named, with the nearest or all that there are", () => {
  expect(refused({ train: { epoch: 3 } })).toEqual([
    'settings.json: train.epoch = 3: "train" has no setting "epoch".',
    'Did you mean "epochs"?',
  ]);
  expect(refused({ zoo: 1 })).toEqual([
    'settings.json: zoo = 1: there is no setting "zoo".',
    "It has: data, model, method, train, evaluation.",
  ]);
  expect(refused({ method: { name: "agm", options: { lambda: 3 } } })).toEqual([
    'settings.json: method.options.lambda = 3: agm has no option "lambda".',
    "It has: alpha.",
  ]);
});
