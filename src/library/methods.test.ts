import { expect, test } from "vitest";

import { RUN_METHODS } from "../run/methods.js";
import * as methods from "./methods.js";

test("every method is a function of its options", () => {
  const names = Object.values(methods).map((method) => method().name);
  expect(names.sort()).toEqual(RUN_METHODS.map(({ name }) => name).sort());
});
