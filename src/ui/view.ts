/** @module What a page shows: parts that are replaced one by one when they change. */

import { createHash } from "node:crypto";

/** A part of a page. */
export interface Part {
  /** Stays the same when its contents change. */
  readonly id: string;
  readonly html: string;
}

/** The parts of a page in order, with digests of what they hold. */
export interface View {
  readonly parts: readonly (Part & { readonly digest: string })[];
  /** Of all parts. */
  readonly version: string;
}

const digestOf = (text: string): string =>
  createHash("sha256").update(text).digest("base64url").slice(0, 16);

/** A view of some parts; empty ones are left out. */
export function viewOf(given: readonly Part[]): View {
  const parts = given
    .filter(({ html }) => html !== "")
    .map((part) => ({ ...part, digest: digestOf(part.html) }));
  return { parts, version: digestOf(parts.map(({ id, digest }) => `${id} ${digest}`).join("\n")) };
}

/** What a page is told: the order of its parts, and the contents of those that it does not have. */
export interface Update {
  readonly order: readonly string[];
  readonly parts: Readonly<Record<string, string>>;
}

/** What has to be told to a page that shows an older view; `null`: nothing is known of what it shows. */
export function updateOf(before: View | null, { parts }: View): Update {
  const known = new Map(before?.parts.map(({ id, digest }) => [id, digest]));
  const changed = parts.filter(({ id, digest }) => known.get(id) !== digest);
  return {
    order: parts.map(({ id }) => id),
    parts: Object.fromEntries(changed.map(({ id, html }) => [id, html])),
  };
}
