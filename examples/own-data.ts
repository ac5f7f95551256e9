/** Trains on samples that a program has in memory, asks the model, and saves it: `own-data models/squares`. */

import { train } from "balgrad";

import { squares } from "./squares.js";

const run = await train(squares, { epochs: 5, seed: 1 });
console.log((await run.evaluate("test")).scores);
console.log(await run.model.classify({ text: "something blue" }));
await run.model.save(process.argv[2] ?? "models/squares");
await run.release();
