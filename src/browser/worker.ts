/** @module The worker that trains: takes requests one by one, and answers questions between training steps. */

import { z } from "zod";

import { UserError } from "../errors.js";
import { webRuntime } from "../runtime/web.js";
import type { Runtime } from "../runtime/session.js";
import {
  type Reply,
  type Request,
  type RequestTo,
  requestSchema,
  type Results,
} from "./messages.js";
import { findPlace } from "./place.js";
import { prepareSamples } from "./samples.js";
import { checkSettings } from "./settings.js";
import { Training } from "./training.js";

// Pages with a content security policy do not let schemas be compiled.
z.config({ jitless: true });

/** The worker's side of the channel; the types know windows only. */
const channel = globalThis as unknown as MessagePort;

const say = (reply: Reply, transfer: Transferable[] = []): void => {
  channel.postMessage(reply, transfer);
};

const errorReply = (id: number, thrown: unknown): Reply => {
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
  const hint = thrown instanceof UserError ? thrown.hint : undefined;
  return { id, error: { name, message, ...(hint !== undefined && { hint }) } };
};

type Queued = Exclude<Request, { readonly do: "stop" }>;

class TrainingWorker {
  readonly #waiting: Queued[] = [];
  #isBusy = false;
  #runtime: Runtime | null = null;
  #training: Training | null = null;
  /** Of the training under way. */
  #stop: AbortController | null = null;

  /** Takes a request; it is answered when those before it are. */
  async take(request: Request): Promise<void> {
    if (request.do === "stop") {
      this.#stop?.abort();
      say({ id: request.id, result: null });
      return;
    }
    this.#waiting.push(request);
    if (this.#isBusy) return;
    this.#isBusy = true;
    await this.#answerWaiting();
    this.#isBusy = false;
  }

  /** Is called between steps, too: the runtime computes one thing at a time. */
  async #answerWaiting(): Promise<void> {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const { id } = next;
      try {
        const result = await this.#resultOf(next);
        say({ id, result }, result instanceof Uint8Array ? [result.buffer] : []);
      } catch (error) {
        say(errorReply(id, error));
      }
    }
  }

  #resultOf(request: Queued): Promise<Results[Queued["do"]]> {
    switch (request.do) {
      case "open":
        return this.#open(request);
      case "train":
        return this.#train(request);
      case "answer":
        return this.#trained().answer(request.questions);
      case "export":
        return Promise.resolve(Uint8Array.from(this.#trained().exported()));
    }
  }

  async #open(request: RequestTo<"open">): Promise<Results["open"]> {
    const place = await findPlace(request);
    this.#runtime = await webRuntime(place);
    return place;
  }

  async #train({ id, samples, settings }: RequestTo<"train">): Promise<Results["train"]> {
    if (this.#stop) throw new UserError("This trainer is training already.", "Open another one.");
    const checked = checkSettings(settings);
    const prepared = prepareSamples(samples, checked);
    await this.#training?.release();
    this.#training = null;
    const stop = new AbortController();
    this.#stop = stop;
    try {
      const training = await Training.create(this.#opened(), checked, prepared);
      this.#training = training;
      return await training.run(
        {
          onSteps: async (records, totalSteps) => {
            say({ id, told: { event: "steps", records, totalSteps } });
            await this.#answerWaiting();
          },
          onEpoch: (record) => {
            say({ id, told: { event: "epoch", record } });
          },
        },
        stop.signal,
      );
    } finally {
      this.#stop = null;
    }
  }

  #opened(): Runtime {
    if (this.#runtime) return this.#runtime;
    throw new Error("internal: the worker was asked before it was opened.");
  }

  #trained(): Training {
    if (this.#training) return this.#training;
    throw new UserError("There is no model yet.", "Call train() first.");
  }
}

const worker = new TrainingWorker();

channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  const request = requestSchema.safeParse(data);
  if (request.success) void worker.take(request.data);
  else {
    const { id } = data as { readonly id?: unknown };
    const problem = z.prettifyError(request.error);
    say(errorReply(typeof id === "number" ? id : 0, new UserError(`Not a request: ${problem}`)));
  }
});
