/** Compares methods on the same data, splits and seeds. */

import { compare } from "balgrad";
import { balgrad, joint, robust } from "balgrad/methods";

import { squares } from "./squares.js";

const { markdown } = await compare(squares, {
  methods: [joint(), balgrad({ lambda: 0.3 }), robust()],
  seeds: [1, 2],
  epochs: 2,
});
console.log(markdown);
