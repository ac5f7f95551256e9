import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { configFileSchema } from "../run/schema.js";
import type { JsonSchema } from "../settings/jsonSchema.js";
import { settingsPage, settingsText, settingsUnder } from "./settingsPage.js";

test("docs/settings.md is what the schemas say", () => {
  const page = readFileSync(new URL("../../docs/settings.md", import.meta.url), "utf8");
  const hint =
    "stale: npm run build && node dist/cli/main.js settings --markdown > docs/settings.md";
  expect(page, hint).toBe(settingsPage());
});

test("every setting says what it does", () => {
  expect(settingsUnder().filter(({ field }) => field.help === "")).toEqual([]);
});

test("a setting is listed with what it accepts, its default, its flag and where it exists", () => {
  expect(settingsText(settingsUnder("model.embed"))).toBe(
    "model.embed\n    length of the embeddings z_v and z_l\n    accepts a whole number from 1 to 65536; default: 128; flag: --embed",
  );
  expect(settingsText(settingsUnder("model.image.side"))).toContain(
    "with model.image.type = convolutional",
  );
  expect(settingsUnder("method.options.alpha").map(({ method }) => method)).toContain("agm");
  expect(settingsUnder("model.em")).toEqual([]);
});

test("the JSON Schema tells editors ranges, choices and the options of each method", () => {
  const { properties, additionalProperties } = configFileSchema();
  expect(additionalProperties).toBe(false);
  const embed = properties?.["model"]?.properties?.["embed"];
  expect(embed).toEqual({
    ...{ type: "integer", minimum: 1, maximum: 65536, default: 128 },
    description: "length of the embeddings z_v and z_l",
  });
  const { method } = properties as Record<string, JsonSchema>;
  expect(method?.properties?.["name"]?.enum).toEqual(expect.arrayContaining(["auto", "balgrad"]));
  const rule = method?.allOf?.find(({ if: when }) => when?.properties?.["name"]?.const === "agm");
  expect(Object.keys(rule?.then?.properties?.["options"]?.properties ?? {})).toEqual(["alpha"]);
  expect(JSON.stringify(properties)).not.toContain('"notes"');
});
