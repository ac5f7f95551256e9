/** @module What goes wrong between us and a server, and passes. */

import { CONNECTION_CODES } from "../system.js";

/** Of the clients themselves, and of a server that starts, or has no room on its disk or in its memory. */
const MESSAGES =
  /connection is closed|connection close|socket closed|socket timeout|stream isn't writeable|connect etimedout|^(LOADING|MASTERDOWN|READONLY|MISCONF|OOM|BUSY) /i;

/** Whether an error passes by itself when the server is well again. */
export function passes(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return (code !== undefined && CONNECTION_CODES.has(code)) || MESSAGES.test(error.message);
}

/** Whether a server does not let us in. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof Error && /^(WRONGPASS|NOAUTH|NOPERM) /.test(error.message);

/** Whether a server that let us in before is not there for us, for now: its password may be about to change. */
export const isOutage = (error: unknown): boolean =>
  passes(error) || (error instanceof Error && /^(WRONGPASS|NOAUTH) /.test(error.message));

/** Why there is no connection, in a word or two. */
export function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

/** Tells about an outage once, and when it is over. */
export class Troubles {
  readonly #listeners = new Set<(message: string) => void>();
  #isDown = false;

  /**
   * Describes a server.
   *
   * @param name - What messages call it.
   * @param secret - Never shown.
   */
  constructor(
    readonly name: string,
    readonly secret: string | undefined,
  ) {}

  /** Tells a listener from now on. @returns Ends that. */
  listen(listener: (message: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Something went wrong. */
  note(error: unknown): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#tell(`${this.name}: no answer (${this.#plain(reason(error))}). Waiting for it.`);
  }

  /** The server answers. */
  over(): void {
    if (!this.#isDown) return;
    this.#isDown = false;
    this.#tell(`${this.name}: answers again.`);
  }

  /** Something went wrong that may be no outage. */
  report(error: unknown): void {
    if (isOutage(error)) this.note(error);
    else this.tell(error);
  }

  /** Something that is no outage. */
  tell(error: unknown): void {
    this.#tell(
      `${this.name}: ${this.#plain(error instanceof Error ? error.message : String(error))}`,
    );
  }

  #plain(text: string): string {
    return this.secret ? text.replaceAll(this.secret, "***") : text;
  }

  #tell(message: string): void {
    for (const listener of this.#listeners) listener(message);
  }
}
