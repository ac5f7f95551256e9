/** @module A process that extracts features of so many samples with so many threads, and says how many the encoders made. */

import { extractFeatures } from "../../dist/encode/features/extract.js";
import { dataset, imageEncoder, textEncoder } from "./encoders.js";

let encoded = 0;
const data = await extractFeatures(
  dataset(Number(process.argv[2])),
  { image: imageEncoder(), text: textEncoder() },
  {
    noise: { image: 1, text: 0.5 },
    seed: 1,
    threads: Number(process.argv[3]),
    onProgress: (progress) => ({ encoded } = progress),
  },
);
console.log(JSON.stringify({ encoded, last: [...data.test.images.row(29)] }));
