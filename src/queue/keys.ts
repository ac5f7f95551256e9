/** @module Names of what is kept in Redis. */

import type { Queue } from "bullmq";
import type { Redis } from "ioredis";

/** Before each id, so that no job has the name of one of BullMQ's own keys, or is a whole number, which it refuses. */
const MARK = "j-";

/** A job's id as BullMQ has it. */
export const innerId = (id: string): string => MARK + id;

/** A job's id as its user has it. */
export const outerId = (inner: string): string => inner.slice(MARK.length);

/** Who can do a job: a version of the code, and who has the store that its data are in. */
export interface Audience {
  readonly version: string;
  /** Id of the store; empty where there is none. */
  readonly store: string;
}

/** Between the parts of an audience's name. */
const AT = "@";

/** An audience by its name. */
export function audienceOf(name: string): Audience {
  const [version = "", store = ""] = name.split(AT);
  return { version, store };
}

const nameOf = ({ version, store }: Audience): string =>
  store === "" ? version : `${version}${AT}${store}`;

/** Names of keys besides those of BullMQ. They are apart for each audience. */
export class Keys {
  /** What BullMQ calls the queue. */
  readonly queueName: string;
  /** Name of the audience. */
  readonly audience: string;
  /** Audiences that jobs were handed in for: a set. */
  readonly audiences: string;
  /** Counts jobs, which orders them. */
  readonly order: string;
  /** Groups in their order: a sorted set. */
  readonly groups: string;
  /** Jobs that others have to end before: a set. */
  readonly held: string;
  /** Jobs that are to be stopped: a set. */
  readonly stops: string;
  /** Records of cancelled jobs: a hash. */
  readonly cancelled: string;
  /** Channel that says when a job ended. */
  readonly changes: string;
  /** Taken by the worker that tidies up. */
  readonly tidying: string;
  /** Workers, by when they count as gone unless they show life before: a sorted set. */
  readonly workers: string;

  readonly #own: string;

  constructor(
    readonly prefix: string,
    audience: Audience,
  ) {
    this.audience = nameOf(audience);
    this.queueName = queueNameOf(this.audience);
    this.audiences = `${prefix}:audiences`;
    this.#own = `${prefix}:own-${this.audience}`;
    this.order = `${this.#own}:order`;
    this.groups = `${this.#own}:groups`;
    this.held = `${this.#own}:held`;
    this.stops = `${this.#own}:stops`;
    this.cancelled = `${this.#own}:cancelled`;
    this.changes = `${this.#own}:changes`;
    this.tidying = `${this.#own}:tidying`;
    this.workers = `${this.#own}:workers`;
  }

  /** Jobs of a group in their order: a sorted set. */
  group(name: string): string {
    return `${this.#own}:group:${name}`;
  }

  /** Jobs that one waits for: a set. */
  pending(inner: string): string {
    return this.pendingPrefix + inner;
  }

  /** Before the id in {@link pending}. */
  get pendingPrefix(): string {
    return `${this.#own}:pending:`;
  }

  /** Jobs that wait for one: a set. */
  dependents(inner: string): string {
    return `${this.#own}:dependents:${inner}`;
  }
}

/** What BullMQ calls the queue of an audience. */
export const queueNameOf = (audience: string): string => `jobs-${audience}`;

/** What all parts of the queue work with. */
export interface Parts {
  readonly redis: Redis;
  readonly queue: Queue;
  readonly keys: Keys;
  readonly version: string;
  /** Works on Redis again and again until the connection lasts; the work must be harmless when repeated. */
  readonly persist: <T>(work: () => Promise<T>) => Promise<T>;
}
