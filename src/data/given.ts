/** @module Settings that only some data sources have: as they are given, and refused where a source lacks them. */

import { isDeepStrictEqual } from "node:util";

import { z } from "zod";

import { ConfigError } from "../errors.js";
import { say, setting } from "../message.js";
import { valueAt } from "../settings/explain.js";
import { type Field, fieldsOf } from "../settings/fields.js";
import { settingNotes } from "../settings/notes.js";
import { SOURCE_KINDS, type SourceKind, sourceShape } from "./sourceSettings.js";

/** Settings of a shape without their defaults. */
type GivenShape<S extends z.ZodRawShape> = {
  [Name in keyof S]: z.ZodOptional<z.ZodType<GivenValue<S[Name]>, z.input<S[Name]>>>;
};

/** Groups may be given in part. */
type GivenValue<S extends z.core.$ZodType> =
  S extends z.ZodPrefault<z.ZodObject> ? Partial<z.output<S>> : z.output<S>;

const paths = new Map(
  Object.values(SOURCE_KINDS).map((kind: SourceKind) => {
    return [kind, fieldsOf(kind.settings).map(({ path }) => path)] as const;
  }),
);

/** The kinds of sources that have a setting, as in "a setting of tables and CUB". */
function ownersOf(path: string): string {
  const names = [...paths].flatMap(([{ name }, own]) => (own.includes(path) ? [name] : []));
  return [names.slice(0, -1).join(", "), ...names.slice(-1)]
    .filter((one) => one !== "")
    .join(" and ");
}

function given(schema: z.ZodType, path: string): z.ZodType {
  const about = schema.description ?? "";
  if (schema instanceof z.ZodPrefault && schema.unwrap() instanceof z.ZodObject) {
    const { shape } = schema.unwrap() as z.ZodObject;
    return z
      .strictObject(givenShape(shape, `${path}.`))
      .optional()
      .describe(about);
  }
  const notes = settingNotes.get(schema) ?? {};
  const standard = schema instanceof z.ZodDefault ? { default: schema.def.defaultValue } : {};
  const inner = schema instanceof z.ZodDefault ? (schema.unwrap() as z.ZodType) : schema;
  return inner
    .optional()
    .describe(about)
    .register(settingNotes, { ...notes, of: ownersOf(path), json: { ...notes.json, ...standard } });
}

/**
 * A shape in which whatever is there was given: all settings are optional and have no defaults. Their notes say
 * which sources have them, and the default that these fill in.
 */
export const givenShape = <S extends z.ZodRawShape>(shape: S, group = ""): GivenShape<S> =>
  Object.fromEntries(
    Object.entries(shape).map(([name, schema]) => [name, given(schema as z.ZodType, group + name)]),
  ) as unknown as GivenShape<S>;

let fields: readonly Field[] | undefined;

/** All settings that only some sources have. */
const sourceFields = (): readonly Field[] => (fields ??= fieldsOf(z.strictObject(sourceShape)));

const written = (value: unknown): string =>
  Array.isArray(value)
    ? value.join(",")
    : typeof value === "string"
      ? value
      : JSON.stringify(value);

/**
 * Refuses settings that a source does not have: they would have no effect.
 *
 * @param settings - As they were given.
 * @param source - What messages call the source.
 * @throws {ConfigError} naming the setting and the sources that have it.
 */
export function refuseOthers(settings: object, kind: SourceKind, source: string): void {
  const own = paths.get(kind)!;
  for (const { path } of sourceFields()) {
    const value = valueAt(settings, path.split("."));
    if (value === undefined || own.includes(path)) continue;
    throw new ConfigError(
      say`${source}: ${setting(`data.${path}`, written(value))} is a setting of ${ownersOf(path)}, which this is not.`,
      "Leave it out.",
    );
  }
}

/** Settings of older runs, which noted the defaults of all sources, without these and the groups that are then empty. */
export function withoutDefaults(settings: object): object {
  const left = structuredClone(settings) as Record<string, unknown>;
  for (const { path, default: standard } of sourceFields()) {
    const keys = path.split(".");
    if (standard === undefined || !isDeepStrictEqual(valueAt(left, keys), standard)) continue;
    const group = keys.slice(0, -1).reduce((inner, key) => inner[key] as typeof left, left);
    Reflect.deleteProperty(group, keys.at(-1)!);
  }
  const isEmpty = (value: unknown): boolean => isDeepStrictEqual(value, {});
  return Object.fromEntries(Object.entries(left).filter(([, value]) => !isEmpty(value)));
}
