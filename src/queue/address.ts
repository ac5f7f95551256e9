/** @module Where a queue is, and what it takes to get in. */

import { ConfigError } from "../errors.js";
import { readBytes } from "../system.js";

/** Names of the environment variables with what must not be part of an address. */
export const QUEUE_VARIABLES = {
  user: "BALGRAD_QUEUE_USER",
  password: "BALGRAD_QUEUE_PASSWORD",
  passwordFile: "BALGRAD_QUEUE_PASSWORD_FILE",
  ca: "BALGRAD_QUEUE_CA",
} as const;

/** Where a queue is. */
export interface QueueAddress {
  readonly host: string;
  readonly port: number;
  /** Number of the database, `>= 0`. */
  readonly db: number;
  readonly tls: boolean;
  /** Before all keys, so that several projects share a server. */
  readonly prefix: string;
  /** The address as messages give it. */
  readonly name: string;
}

/** What the server asks for. */
export interface QueueSecrets {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Certificates of authorities that are trusted, PEM. */
  readonly ca?: string | undefined;
}

/** How a queue is opened. */
export interface QueueOptions {
  /** Is told about trouble that passes by itself, once for each outage. */
  readonly onTrouble?: (message: string) => void;
  /** Where credentials are. Default: `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Version of the code: workers take jobs of their own. Default: this package's. */
  readonly version?: string;
  /** Id of the store that the jobs' data are in: workers take jobs of their own. Default: there is none. */
  readonly store?: string;
  /** A worker that shows no life for so long loses its jobs, milliseconds. Default: 30,000. */
  readonly lock?: number;
  /** Pause before the second attempt, milliseconds; each further one is twice as long. Default: 5,000. */
  readonly pause?: number;
  /** A connection that carries nothing for so long while an answer is due is made anew, milliseconds. Default: 30,000. */
  readonly silence?: number;
  /** Milliseconds to wait for the first connection. Default: 10,000. */
  readonly patience?: number;
}

const EXPECTED = "Give redis://host:port/database, or rediss:// for TLS.";

const PREFIX = /^[\w-]{1,40}$/;

const DEFAULT_PREFIX = "balgrad";

/**
 * Reads an address: `redis://host:port/database?prefix=project`, or `rediss://` for TLS. Default are port 6379, database
 * 0 and the prefix `balgrad`.
 *
 * @throws {ConfigError} where it cannot be read, or has a user or a password.
 */
export function parseQueueAddress(address: string): QueueAddress {
  const url = URL.canParse(address) ? new URL(address) : null;
  // The text itself stays out of messages as long as it may have a password in it.
  if (!url) throw new ConfigError("The address of the queue cannot be read.", EXPECTED);
  if (url.username !== "" || url.password !== "" || address.includes("@")) {
    throw new ConfigError(
      "The address of the queue has a user or a password in it, which lists of processes and logs would show.",
      `Set ${QUEUE_VARIABLES.user} and ${QUEUE_VARIABLES.password}, or ${QUEUE_VARIABLES.passwordFile} to a file.`,
    );
  }
  if (url.protocol !== "redis:" && url.protocol !== "rediss:") {
    throw new ConfigError(`The queue ${address}: there is no ${url.protocol}// queue.`, EXPECTED);
  }
  const db = /^\/?(\d{0,4})\/?$/.exec(url.pathname);
  if (!db || url.hostname === "" || url.hash !== "") {
    throw new ConfigError(`The queue ${address}: the address cannot be read.`, EXPECTED);
  }
  const others = [...url.searchParams.keys()].filter((key) => key !== "prefix");
  if (others.length > 0) {
    throw new ConfigError(`The queue ${address}: there is no ${others[0]!}, only prefix.`);
  }
  const prefix = url.searchParams.get("prefix") ?? DEFAULT_PREFIX;
  if (!PREFIX.test(prefix)) {
    throw new ConfigError(
      `The queue ${address}: its prefix has to be 1 to 40 letters, digits, - and _.`,
    );
  }
  const port = url.port === "" ? 6379 : Number(url.port);
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    db: Number(db[1]),
    tls: url.protocol === "rediss:",
    prefix,
    name: `${url.protocol}//${url.hostname}:${port}/${Number(db[1])}${prefix === DEFAULT_PREFIX ? "" : `?prefix=${prefix}`}`,
  };
}

/**
 * User, password and trusted certificates from the environment, or the files that it names.
 *
 * @throws {ConfigError} where there are two passwords, or a file is missing.
 */
export async function queueSecrets(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<QueueSecrets> {
  const given = (variable: string): string | undefined => environment[variable] || undefined;
  const read = async (variable: string): Promise<string | undefined> => {
    const path = given(variable);
    if (path === undefined) return undefined;
    const bytes = await readBytes(path);
    if (!bytes) throw new ConfigError(`${variable}: there is no file ${path}.`);
    return new TextDecoder().decode(bytes);
  };
  const own = given(QUEUE_VARIABLES.password);
  const written = await read(QUEUE_VARIABLES.passwordFile);
  if (own !== undefined && written !== undefined) {
    throw new ConfigError(
      `Both ${QUEUE_VARIABLES.password} and ${QUEUE_VARIABLES.passwordFile} are set.`,
      "Unset one of them.",
    );
  }
  const password = own ?? written?.replace(/\r?\n$/, "");
  const user = given(QUEUE_VARIABLES.user);
  if (user !== undefined && password === undefined) {
    throw new ConfigError(
      `${QUEUE_VARIABLES.user} is set, and no password.`,
      `Set ${QUEUE_VARIABLES.password}, or ${QUEUE_VARIABLES.passwordFile}.`,
    );
  }
  return { user, password, ca: await read(QUEUE_VARIABLES.ca) };
}
