import { expect, test } from "vitest";

import { commandWords } from "./cli/words.js";
import { ConfigError } from "./errors.js";
import { say, setting, useCase } from "./message.js";

const error = new ConfigError(
  say`Name it with ${setting("data.columns.label")}.`,
  say`Or use ${setting("data.modalities", "text")}, ${setting("train.warmup", "0.1")} or ${useCase("check", setting("out", "my folder"))}.`,
);

test("a program reads settings by their paths, and use cases by their names", () => {
  expect(error.message).toBe("Name it with data.columns.label.");
  expect(error.hint).toBe(
    "Or use data.modalities=text, train.warmup=0.1 or check (out=my folder).",
  );
  expect(JSON.stringify({ text: say`${setting("a.b")} is ${2}` })).toBe('{"text":"a.b is 2"}');
});

test("the command line says flags and commands, values as a shell takes them", () => {
  expect(error.in(commandWords)).toEqual({
    message: "Name it with --label-column.",
    hint: 'Or use --text-only, --set train.warmup=0.1 or balgrad data check --out "my folder".',
  });
  expect(say`${setting("evaluation.corruptions", "all")}`.in(commandWords)).toBe("--corruptions");
  expect(say`${setting("model.text.encoder", "x")}`.in(commandWords)).toBe("--text-encoder x");
});
