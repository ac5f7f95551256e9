/** @module Bodies of requests, read within limits of size, time and memory. */

import type { IncomingMessage } from "node:http";

import type { Deadline } from "./deadline.js";
import { type Limits, maxHeld, MEBIBYTE } from "./limits.js";
import { Problem, tryLater } from "../http/problem.js";

/** Reads bodies, and knows how much of them is in memory. */
export class BodyReader {
  #held = 0;

  constructor(readonly limits: Pick<Limits, "maxBody" | "timeout">) {}

  /**
   * The body of a request. Its bytes count as held until {@link release}.
   *
   * @throws {Problem} 408, 413 or 503, or 400 where the client left.
   */
  async read(incoming: IncomingMessage, deadline: Deadline): Promise<Buffer<ArrayBuffer>> {
    if (Number(incoming.headers["content-length"] ?? 0) > this.limits.maxBody) {
      throw this.#tooLarge();
    }
    if (deadline.isOver) throw this.#late();
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      await receive(
        incoming,
        deadline,
        () => this.#late(),
        (chunk) => {
          size += chunk.length;
          this.#held += chunk.length;
          if (size > this.limits.maxBody) throw this.#tooLarge();
          if (this.#held > maxHeld(this.limits)) {
            throw tryLater("Too much is being sent at the same time.", 1);
          }
          chunks.push(chunk);
        },
      );
    } catch (error) {
      this.release(size);
      throw error;
    }
    return Buffer.concat(chunks, size);
  }

  /** Says that bytes of a body that was read are no longer needed. */
  release(bytes: number): void {
    this.#held -= bytes;
  }

  #tooLarge(): Problem {
    const most = Math.round((100 * this.limits.maxBody) / MEBIBYTE) / 100;
    return new Problem(413, `The body has more than ${most} MiB.`);
  }

  #late(): Problem {
    const seconds = this.limits.timeout / 1000;
    return new Problem(408, `The body did not arrive within ${seconds} s.`);
  }
}

/**
 * Hands over the chunks of a stream. A stream that is given up is paused: the adapter reads on for a moment after the
 * answer, as a client that still sends would not see it on a closed connection.
 */
function receive(
  incoming: IncomingMessage,
  deadline: Deadline,
  late: () => Problem,
  take: (chunk: Buffer) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      incoming.off("data", onData).off("end", onEnd).off("close", onClose).off("error", onClose);
      forget();
      settle();
    };
    const fail = (error: Error): void => {
      incoming.pause();
      finish(() => {
        reject(error);
      });
    };
    const onData = (chunk: Buffer): void => {
      try {
        take(chunk);
      } catch (error) {
        fail(error as Error);
      }
    };
    const onEnd = (): void => {
      finish(resolve);
    };
    const onClose = (): void => {
      fail(new Problem(400, "The body ends before its announced length."));
    };
    const onLate = (): void => {
      fail(late());
    };
    incoming.on("data", onData).on("end", onEnd).on("close", onClose).on("error", onClose);
    const forget = deadline.onOver(onLate);
  });
}
