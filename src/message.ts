/** @module Texts for people that name settings and use cases, which every surface calls by its own words. */

/** A setting in a text: a flag on the command line, a path in programs. */
export interface SettingReference {
  readonly kind: "setting";
  /** Dotted path, such as `data.columns.label`; without a dot an argument of a use case, such as `out`. */
  readonly path: string;
  /** Value that the text proposes. */
  readonly value?: string;
}

/** A use case in a text: a command on the command line. */
export interface UseCaseReference {
  readonly kind: "use case";
  /** Name, such as `check`. */
  readonly name: string;
  /** Arguments that the text proposes. */
  readonly args: readonly (string | SettingReference)[];
}

/** What each surface calls by its own words. */
export type Reference = SettingReference | UseCaseReference;

/** The words of a surface. */
export type Words = (reference: Reference) => string;

/** A setting by its path, with a value that the text proposes. */
export const setting = (path: string, value?: string): SettingReference => ({
  kind: "setting",
  path,
  ...(value !== undefined && { value }),
});

/** A use case by its name, with arguments. */
export const useCase = (
  name: string,
  ...args: readonly (string | SettingReference)[]
): UseCaseReference => ({ kind: "use case", name, args });

/** The words of programs: paths, and names of use cases. */
export const programWords: Words = (reference) => {
  if (reference.kind === "setting") {
    const { path, value } = reference;
    return value === undefined ? path : `${path}=${value}`;
  }
  const { name, args } = reference;
  const given = args.map((arg) => (typeof arg === "string" ? arg : programWords(arg)));
  return given.length === 0 ? name : `${name} (${given.join(", ")})`;
};

/** A text with references. Where it is used as a plain text, it has the words of programs. */
export class Message {
  /** @param parts - Plain text and references, in order. */
  constructor(readonly parts: readonly (string | Reference)[]) {}

  /** The text in the words of a surface. */
  in(words: Words): string {
    return this.parts.map((part) => (typeof part === "string" ? part : words(part))).join("");
  }

  toString(): string {
    return this.in(programWords);
  }

  /** In JSON a message is a plain text. */
  toJSON(): string {
    return this.toString();
  }
}

/** A text that may have references. */
export type Text = string | Message;

/** A text in the words of a surface. */
export const inWords = (text: Text, words: Words): string =>
  typeof text === "string" ? text : text.in(words);

type Part = Text | number | Reference;

const partsOf = (part: Part): readonly (string | Reference)[] => {
  if (part instanceof Message) return part.parts;
  return [typeof part === "number" ? String(part) : part];
};

/** A text with references in it: `` say`Name it with ${setting("data.columns.label")}.` `` */
export const say = (texts: TemplateStringsArray, ...parts: readonly Part[]): Message =>
  new Message(
    texts.flatMap((text, at) => (at < parts.length ? [text, ...partsOf(parts[at]!)] : [text])),
  );

/** Texts with commas, or another separator, between them. */
export const listed = (texts: readonly Text[], separator = ", "): Message =>
  new Message(
    texts.flatMap((text, at) => (at === 0 ? partsOf(text) : [separator, ...partsOf(text)])),
  );

/** A text without the full stop at its end, to be part of another. */
export function withoutStop(text: Text): Message {
  const parts = partsOf(text);
  const last = parts.at(-1);
  return new Message(
    typeof last === "string" ? [...parts.slice(0, -1), last.replace(/\.$/, "")] : parts,
  );
}
