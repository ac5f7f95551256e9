/** @module Connections to Redis or Valkey that last, and a first look at the server. */

import { setTimeout as sleep } from "node:timers/promises";

import { type CommonRedisOptions, Redis, type StandaloneConnectionOptions } from "ioredis";

import { ConfigError } from "../errors.js";
import { QUEUE_VARIABLES, type QueueAddress, type QueueSecrets } from "./address.js";
import { isRefusal, passes, reason, type Troubles } from "./trouble.js";

/** The oldest server that has all the commands. */
const OLDEST = [6, 2] as const;

type RedisOptions = Omit<CommonRedisOptions, "replyMapping"> & StandaloneConnectionOptions;

/** What a first look at the server gave. */
export interface Server {
  /** Options of lasting connections. */
  readonly options: RedisOptions;
  /** What people should know about it. */
  readonly notices: readonly string[];
}

const connectionOptions = (
  { host, port, tls }: QueueAddress,
  { ca }: QueueSecrets,
): RedisOptions => ({
  host,
  port,
  // Of both protocols the older one is the same in all servers.
  protocol: 2,
  connectTimeout: 5000,
  ...(tls && { tls: { servername: host, ...(ca !== undefined && { ca }) } }),
});

/**
 * Looks whether a server can keep a queue.
 *
 * @param patience - Milliseconds to wait for it.
 * @throws {ConfigError} where it does not answer, does not let us in, is too old, or might drop jobs.
 */
export async function lookAt(
  address: QueueAddress,
  secrets: QueueSecrets,
  patience: number,
): Promise<Server> {
  const end = performance.now() + patience;
  for (;;) {
    try {
      return await look(address, secrets);
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      if (!passes(error)) throw refused(address, secrets, error);
      if (performance.now() > end) {
        throw new ConfigError(
          `${address.name}: no connection (${reason(error)}).`,
          "Check the address, and that the server runs and can be reached from this machine.",
        );
      }
      await sleep(250);
    }
  }
}

/** An error of the server or of TLS. The error itself has the password in its fields, so it is no cause. */
function refused({ name, tls }: QueueAddress, { password }: QueueSecrets, error: unknown) {
  const { message, code } = error as NodeJS.ErrnoException;
  const plain = password ? message.replaceAll(password, "***") : message;
  if (isRefusal(error)) {
    return new ConfigError(
      `${name}: the server does not let us in (${plain}).`,
      `Check ${QUEUE_VARIABLES.user}, and ${QUEUE_VARIABLES.password} or ${QUEUE_VARIABLES.passwordFile}.`,
    );
  }
  if (tls && code !== undefined && /CERT|TLS|SSL|VERIFY/.test(code)) {
    return new ConfigError(
      `${name}: the server's certificate is not trusted (${plain}).`,
      `Set ${QUEUE_VARIABLES.ca} to a file with the certificate of the authority that signed it.`,
    );
  }
  return new ConfigError(`${name}: no connection (${plain}).`);
}

async function look(address: QueueAddress, secrets: QueueSecrets): Promise<Server> {
  const client = new Redis({
    ...connectionOptions(address, secrets),
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    disableClientInfo: true,
  });
  let first: Error | undefined;
  client.on("error", (error: Error) => (first ??= error));
  try {
    await client.connect();
    const isAsked = await enter(client, secrets);
    await client.select(address.db);
    const info = await client.info().catch((error: unknown) => {
      if (passes(error)) throw error;
      return null;
    });
    const notices = info === null ? [] : judge(address.name, info);
    return { options: lasting(address, isAsked ? secrets : { ca: secrets.ca }, info), notices };
  } catch (error) {
    throw first ?? error;
  } finally {
    client.disconnect();
  }
}

/** Logs in. `false` where the server asks for no password. */
async function enter(client: Redis, { user, password }: QueueSecrets): Promise<boolean> {
  if (password === undefined) {
    await client.ping();
    return false;
  }
  try {
    await client.call("AUTH", ...(user === undefined ? [] : [user]), password);
    return true;
  } catch (error) {
    if (/without any password configured/.test((error as Error).message)) return false;
    throw error;
  }
}

/** Checks what the server says of itself. */
function judge(name: string, info: string): string[] {
  const fields = new Map(
    info.split(/\r?\n/).map((line) => line.split(":", 2) as [string, string | undefined]),
  );
  const version = fields.get("redis_version") ?? "";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new ConfigError(
      `${name}: the server is version ${version}, and the queue needs ${OLDEST.join(".")} or later.`,
      "Use Redis 7, or Valkey.",
    );
  }
  const policy = fields.get("maxmemory_policy") ?? "noeviction";
  if (policy !== "noeviction") {
    throw new ConfigError(
      `${name}: the server drops data where its memory is full (maxmemory-policy ${policy}), and with it jobs.`,
      "Set maxmemory-policy to noeviction on the server.",
    );
  }
  if (fields.get("role") === "slave") {
    throw new ConfigError(`${name}: the server is a replica, which takes no jobs.`);
  }
  if (fields.get("aof_enabled") !== "0") return [];
  return [
    `${name}: the server does not log to its disk (appendonly no), so that jobs are lost when it stops.`,
  ];
}

/** Options of connections that wait while the server is away. */
const lasting = (
  address: QueueAddress,
  secrets: QueueSecrets,
  info: string | null,
): RedisOptions => ({
  ...connectionOptions(address, secrets),
  db: address.db,
  ...(secrets.user !== undefined && { username: secrets.user }),
  ...(secrets.password !== undefined && { password: secrets.password }),
  maxRetriesPerRequest: null,
  retryStrategy: (times) => Math.min(2000, 50 * 2 ** Math.min(times, 10)),
  keepAlive: 10_000,
  enableReadyCheck: info !== null,
});

/**
 * A connection that lasts; its troubles are told.
 *
 * @param silence - See `QueueOptions.silence`: a network that was cut sends no word.
 */
export function connect({ options }: Server, troubles: Troubles, silence: number): Redis {
  const client = new Redis({ ...options, socketTimeout: silence });
  client.on("error", (error: Error) => {
    troubles.note(error);
  });
  client.on("ready", () => {
    troubles.over();
  });
  return client;
}
