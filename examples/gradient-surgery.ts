/** Gradient surgery of the program's own: losses whose gradients conflict with the task's weigh nothing. */

import { train } from "balgrad";
import { surgery } from "balgrad/balance";
import { elementwise } from "balgrad/graph";
import { z } from "zod";

import { squares } from "./squares.js";

const onlyAllies = surgery({
  name: "only-allies",
  summary: "unimodal losses count while their gradients agree with the task's",
  source: "this example",
  options: z.strictObject({}),
  // The Gramian holds <g_i, g_j> of the task's, the image's and the text's gradients.
  weigh: ({ gramian, losses: [task] }) => {
    const agrees = (at: number) =>
      elementwise.cast(elementwise.greater(gramian[0]![at]!, 0), "float32");
    return { weights: [task!.graph.scalar(1), agrees(1), agrees(2)] };
  },
});

const run = await train(squares, { method: onlyAllies, epochs: 2 });
const { steps } = await run.record();
const share = steps.filter((step) => step["weight.image"] === 1).length / steps.length;
console.log(`the image's loss agrees in ${(100 * share).toFixed(0)} % of the steps`);
console.log((await run.evaluate()).scores);
await run.release();
