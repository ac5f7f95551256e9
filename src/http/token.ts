/** @module The secret that clients of a service show. */

import { createHash, timingSafeEqual } from "node:crypto";

import { ConfigError } from "../errors.js";
import { say, setting } from "../message.js";
import { readBytes } from "../system.js";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Characters of a bearer token (RFC 6750). */
const TOKEN = /^[\w.~+/-]+=*$/;

/** Whether an `Authorization` header has the secret. */
export type TokenCheck = (header: string | undefined) => boolean;

/**
 * A check of `Authorization` headers that takes as long for a nearly right token as for any other.
 *
 * @param token - The secret.
 * @param where - Where it comes from, for errors.
 * @throws {ConfigError} where it is no token.
 */
export function tokenCheck(token: string, where: string): TokenCheck {
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

/** Name of the environment variable with the secret. */
export const TOKEN_VARIABLE = "BALGRAD_TOKEN";

/** Where the secret comes from; none is needed where neither is given. */
export interface GivenToken {
  /** File with the secret that clients show. */
  readonly tokenFile?: string | undefined;
  /** The secret itself, from the environment. */
  readonly token?: string | undefined;
}

/**
 * A check of `Authorization` headers, see {@link tokenCheck}; `null` where no secret is given.
 *
 * @throws {ConfigError} where there are two secrets, or one that cannot be used.
 */
export async function tokenOf({ token, tokenFile }: GivenToken): Promise<TokenCheck | null> {
  if (tokenFile === undefined)
    return token === undefined ? null : tokenCheck(token, TOKEN_VARIABLE);
  if (token !== undefined) {
    throw new ConfigError(
      say`There are two tokens: of ${TOKEN_VARIABLE} and of ${setting("token-file", tokenFile)}.`,
      "Leave one of them out.",
    );
  }
  const bytes = await readBytes(tokenFile);
  if (!bytes) throw new ConfigError(`${tokenFile}: no such file (the token).`);
  return tokenCheck(new TextDecoder().decode(bytes).trim(), tokenFile);
}
