import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { commandWords } from "../src/cli/words.js";
import type { UserError } from "../src/errors.js";
import { predict } from "../src/usecases/predict.js";
import { temporaryFolder } from "./support/cli.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
mkdirSync(at("empty"));
mkdirSync(at("begun"));
writeFileSync(at("begun/run.json"), "{}");
mkdirSync(at("model"));
writeFileSync(at("model/model.json"), "{}");

const ANYWHERE = "Give the folder of a finished run, or one that balgrad export wrote.";

test.each([
  ["nowhere", "nowhere: no such folder.", ANYWHERE],
  ["nowhere/model.json", "nowhere/model.json: no such folder.", ANYWHERE],
  ["empty", "empty/model.json: no such file (the card of an exported model).", ANYWHERE],
  [
    "begun",
    "begun: the run has no model yet.",
    `Finish it first: balgrad train --resume ${at("begun")}.`,
  ],
  [
    "model/model.json",
    "model/model.json: this is a file of a model.",
    "Give the folder that it is in.",
  ],
])("predict %s says what is not there", async (name, message, hint) => {
  const error = await predict({ folder: at(name), text: "a" }).catch((thrown: unknown) => thrown);
  expect((error as UserError).in(commandWords)).toEqual({ message: `${folder}/${message}`, hint });
});

test("predict without an input says what to give", async () => {
  const error = await predict({ folder }).catch((thrown: unknown) => thrown);
  expect((error as UserError).in(commandWords).hint).toBe(
    "Give --image, --text or both. For many, name a table or a folder.",
  );
});
