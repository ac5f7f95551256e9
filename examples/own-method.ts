/** Trains with a method that the program defines: the text's loss counts half. */

import { train } from "balgrad";
import { GradientEngine } from "balgrad/balance";
import type { OwnMethod } from "balgrad";

import { squares } from "./squares.js";

const quietText: OwnMethod = {
  name: "quiet-text",
  build({ objectives: { task, image, text }, parameters, engine }) {
    const losses = new GradientEngine({ task, image, text }, parameters, engine);
    const gradients = parameters.flatMap((parameter) => {
      const gradient = losses.combine(parameter, { task: 1, image: 1, text: 0.5 });
      return gradient ? [[parameter, gradient] as const] : [];
    });
    return { gradients: new Map(gradients), metrics: { "loss.text": text } };
  },
};

const run = await train(squares, {
  method: quietText,
  epochs: 2,
  events: (event) => {
    if (event.kind === "epoch") console.log(event.record.epoch, event.record.validation.full);
  },
});
console.log((await run.evaluate()).scores);
await run.release();
