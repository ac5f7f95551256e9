/** @module JSON Schema of configuration files, by which editors complete and check them. */

import { type JsonSchema, jsonSchemaOf, withoutNotes } from "../settings/jsonSchema.js";
import { runConfig } from "./config.js";
import { RUN_METHODS } from "./methods.js";

/** What `method.name` may be beside the methods: validation chooses one. */
const CHOICE = "auto";

/** Options of each method, where it is the one that is named. */
const optionRules = (): readonly JsonSchema[] =>
  RUN_METHODS.map(({ name, options }) => ({
    if: { properties: { name: { const: name } }, required: ["name"] },
    then: { properties: { options: jsonSchemaOf(options) } },
  }));

/** JSON Schema of configuration files; every setting is optional. */
export function configFileSchema(): JsonSchema {
  const { properties = {}, ...schema } = jsonSchemaOf(runConfig);
  const { method, ...groups } = properties;
  const names = [CHOICE, ...RUN_METHODS.map(({ name }) => name)];
  const name = { ...method?.properties?.["name"], enum: names };
  return withoutNotes({
    ...schema,
    properties: {
      $schema: { type: "string" },
      ...groups,
      method: { ...method, properties: { ...method?.properties, name }, allOf: optionRules() },
    },
  });
}
