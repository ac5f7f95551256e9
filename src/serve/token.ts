/** @module The secret that clients of the prediction service show. */

import { createHash, timingSafeEqual } from "node:crypto";

import { ConfigError } from "../errors.js";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Characters of a bearer token (RFC 6750). */
const TOKEN = /^[\w.~+/-]+=*$/;

/**
 * A check of `Authorization` headers that takes as long for a nearly right token as for any other.
 *
 * @param token - The secret.
 * @param where - Where it comes from, for errors.
 * @throws {ConfigError} where it is no token.
 */
export function tokenCheck(token: string, where: string): (header: string | undefined) => boolean {
  if (!TOKEN.test(token)) {
    throw new ConfigError(
      `${where}: expected a token of letters, digits and -._~+/, got ${token === "" ? "nothing" : "other characters"}.`,
      "Make one, for example with: openssl rand -hex 32",
    );
  }
  const expected = digest(token);
  return (header = "") => {
    const [, given = ""] = /^bearer +(.+)$/i.exec(header) ?? [];
    return timingSafeEqual(digest(given.trim()), expected);
  };
}
