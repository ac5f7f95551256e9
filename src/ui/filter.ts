/** @module Which runs to list: words, and conditions on settings and results. */

import { ConfigError } from "../errors.js";
import { runFields } from "../run/config.js";
import { RUN_METHODS } from "../run/methods.js";
import { optionFields } from "../balance/methods.js";
import { valueText } from "../settings/accepted.js";
import { valueAt } from "../settings/explain.js";
import { nearest } from "../text.js";
import { COLUMNS } from "./columns.js";
import type { RunSummary } from "./summary.js";

/** Says whether a run is listed. */
export type Filter = (run: RunSummary) => boolean;

const OPERATORS = ["!=", ">=", "<=", "=", ">", "<"] as const;
type Operator = (typeof OPERATORS)[number];

/** A part of a filter's text, without its quotation marks. */
interface Part {
  readonly text: string;
  /** Where its operator is; -1: it is a word. */
  readonly at: number;
}

/** Text without spaces, or with spaces in quotation marks. */
const PART = /(?:"(?:[^"\\]|\\.)*"|[^\s"])+/g;

/** A word of a filter that stands for a text, whatever is in it. */
export const quotedWord = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;

const unquoted = (text: string): string =>
  text.replace(/"((?:[^"\\]|\\.)*)"/g, (_, inner: string) => inner.replace(/\\(.)/g, "$1"));

function partOf(raw: string): Part {
  const found = /^([^\s"=<>!]+)(!=|>=|<=|=|>|<)/.exec(raw);
  if (!found) return { text: unquoted(raw), at: -1 };
  return { text: unquoted(raw), at: found[1]!.length };
}

/** @throws {ConfigError} for a quotation mark without its other one. */
function partsOf(text: string): Part[] {
  const rest = text.replace(PART, "");
  if (rest.includes('"')) {
    throw new ConfigError(
      `The filter has a quotation mark without its other one: ${text}`,
      'Write a text with spaces as "a text with spaces", and a quotation mark in it as \\".',
    );
  }
  return (text.match(PART) ?? []).map(partOf);
}

let settingPaths: readonly string[] | undefined;

/** All that conditions may be about: settings by their paths, and the columns of the list. */
const knownPaths = (): readonly string[] =>
  (settingPaths ??= [
    ...new Set([
      ...COLUMNS.map(({ name }) => name),
      ...runFields().map(({ path }) => path),
      ...RUN_METHODS.flatMap((method) => optionFields(method).map(({ path }) => path)),
    ]),
  ]);

/** @throws {ConfigError} for what is no setting and no column. */
function checkPath(path: string): void {
  const known = knownPaths();
  if (known.includes(path) || path.startsWith("method.options.")) return;
  const under = known.filter((one) => one.startsWith(`${path}.`));
  if (under.length > 0) {
    throw new ConfigError(
      `${path} is a group of settings, and a filter needs one of them.`,
      `For example ${under[0]!}.`,
    );
  }
  const guess = nearest(path, known);
  const hint =
    guess === undefined
      ? 'A filter has words and conditions: train.epochs>10 method.name=balgrad test.full>=80. Write words with = < > in quotation marks: "a=b".'
      : `Did you mean "${guess}"?`;
  throw new ConfigError(`The filter names "${path}", which is no setting and no column.`, hint);
}

/** The value that a condition is about; `undefined` where the run has none. */
function valueOf(run: RunSummary, path: string): unknown {
  const column = COLUMNS.find(({ name }) => name === path);
  if (!column) return valueAt(run.config, path.split("."));
  if (path === "state") return run.state.kind;
  return column.key(run) ?? undefined;
}

const asNumber = (text: string): number => (text.trim() === "" ? NaN : Number(text));

const isEqual = (value: unknown, wanted: string): boolean =>
  typeof value === "number" && !Number.isNaN(asNumber(wanted))
    ? value === asNumber(wanted)
    : valueText(value) === wanted;

/** @throws {ConfigError} for an unknown path, and for an order of what is no number. */
function conditionOf(path: string, operator: Operator, wanted: string): Filter {
  checkPath(path);
  if (wanted === "") {
    throw new ConfigError(
      `The filter has no value after ${path}${operator}.`,
      "Write it without spaces around the sign, for example train.epochs>10.",
    );
  }
  if (operator === "=" || operator === "!=") {
    return (run) => {
      const value = valueOf(run, path);
      return (value !== undefined && isEqual(value, wanted)) === (operator === "=");
    };
  }
  const limit = asNumber(wanted);
  if (Number.isNaN(limit)) {
    throw new ConfigError(
      `The filter ${path}${operator}${wanted} expects a number after ${operator}.`,
      `For example ${path}${operator}10; for texts there are = and !=.`,
    );
  }
  const holds: Record<Exclude<Operator, "=" | "!=">, (value: number) => boolean> = {
    ">": (value) => value > limit,
    "<": (value) => value < limit,
    ">=": (value) => value >= limit,
    "<=": (value) => value <= limit,
  };
  return (run) => {
    const value = valueOf(run, path);
    return typeof value === "number" && holds[operator](value);
  };
}

/** A word is looked for in the path, the method and the data, in upper and lower case. */
function wordFilter(word: string): Filter {
  const wanted = word.toLowerCase();
  return ({ path, config }) =>
    [path, config?.method.name, config?.data.source].some((text) =>
      text?.toLowerCase().includes(wanted),
    );
}

/**
 * Reads a filter: words and conditions with spaces between them, all of which must hold. A condition is a setting or a column,
 * one of `= != > >= < <=`, and a value: `balgrad train.epochs>10 data.source="my data.csv"`.
 *
 * @throws {ConfigError} where it cannot be read.
 */
export function filterOf(text: string): Filter {
  const filters = partsOf(text).map(({ text: part, at }) => {
    if (at < 0) return wordFilter(part);
    const operator = OPERATORS.find((one) => part.startsWith(one, at))!;
    return conditionOf(part.slice(0, at), operator, part.slice(at + operator.length));
  });
  return (run) => filters.every((filter) => filter(run));
}
