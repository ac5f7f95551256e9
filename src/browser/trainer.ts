/** @module A trainer for pages: a worker that trains, answers and exports. */

import { z } from "zod";

import { ConfigError, DataError, UserError } from "../errors.js";
import {
  type Reply,
  replySchema,
  type Request,
  type RequestTo,
  RESULTS,
  type Results,
} from "./messages.js";
import type { Place, PlaceChoice } from "./place.js";
import type { Question, Samples } from "./samples.js";
import type { TrainingSettings } from "./settings.js";
import type { Answer, TrainingEvents, TrainingResult } from "./training.js";

// Pages with a content security policy do not let schemas be compiled.
z.config({ jitless: true });

/** What waits for a reply. */
interface Waiting {
  readonly what: Request["do"];
  readonly events: TrainingEvents;
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

type Told = Extract<Reply, { readonly told: unknown }>["told"];
type Failure = Extract<Reply, { readonly error: unknown }>["error"];

const ERRORS = { ConfigError, DataError, UserError } as const;

function errorOf({ name, message, hint }: Failure): Error {
  if (Object.hasOwn(ERRORS, name)) return new ERRORS[name as keyof typeof ERRORS](message, hint);
  return Object.assign(new Error(message), { name });
}

/**
 * A trainer in a worker. It has one model at a time: that of the last training. Questions that are asked while it
 * trains are answered between steps.
 */
export class Trainer {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #place: Place | null = null;
  /** Why it answers no more. */
  #ended: Error | null = null;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      const reply = replySchema.safeParse(data);
      if (reply.success) this.#take(reply.data);
      else this.#fail(new Error(`The worker's message is none: ${z.prettifyError(reply.error)}`));
    });
    worker.addEventListener("error", ({ message }) => {
      this.#fail(new Error(`The worker cannot run: ${message}`));
    });
  }

  /**
   * Opens a trainer in a new worker.
   *
   * @throws {ConfigError} where a GPU or threads are asked for and cannot be had.
   */
  static async open({ device = "auto", threads }: Partial<PlaceChoice> = {}): Promise<Trainer> {
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    const trainer = new Trainer(worker);
    const asked = { device, ...(threads !== undefined && { threads }) };
    try {
      trainer.#place = await trainer.#ask("open", asked);
      return trainer;
    } catch (error) {
      worker.terminate();
      throw error;
    }
  }

  /** Where it computes. */
  get place(): Place {
    return this.#place!;
  }

  /**
   * Trains a model on samples, in place of the one before.
   *
   * @throws {ConfigError} for settings that are unknown or out of range.
   * @throws {DataError} for samples that cannot be trained on.
   */
  train(
    samples: Samples,
    settings: TrainingSettings = {},
    events: TrainingEvents = {},
  ): Promise<TrainingResult> {
    return this.#ask("train", { samples, settings }, events);
  }

  /** Stops the training after the running step; what is trained so far stays and answers. */
  async stop(): Promise<void> {
    await this.#ask("stop", {});
  }

  /** Answers questions, one answer each. Within a training the model of its last finished epoch answers. */
  answer(questions: readonly Question[]): Promise<readonly Answer[]> {
    return this.#ask("answer", { questions });
  }

  /** The model as one ONNX file: see `docs/browser.md` for its inputs and outputs. */
  exportOnnx(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#ask("export", {});
  }

  /** Ends the worker. What was not answered yet is rejected. */
  close(): void {
    this.#fail(new UserError("The trainer was closed."));
  }

  #ask<Do extends Request["do"]>(
    what: Do,
    given: Omit<RequestTo<Do>, "do" | "id">,
    events: TrainingEvents = {},
  ): Promise<Results[Do]> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { what, events, resolve, reject });
      this.#worker.postMessage({ ...given, do: what, id });
    });
  }

  #take(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (!waiting) return;
    if ("told" in reply) {
      this.#tell(reply.told, waiting.events);
      return;
    }
    this.#waiting.delete(reply.id);
    if ("error" in reply) waiting.reject(errorOf(reply.error));
    else {
      const result = RESULTS[waiting.what].safeParse(reply.result);
      if (result.success) waiting.resolve(result.data as never);
      else
        waiting.reject(new Error(`The worker's answer is none: ${z.prettifyError(result.error)}`));
    }
  }

  #tell(told: Told, { onSteps, onEpoch }: TrainingEvents): void {
    if (told.event === "steps") void onSteps?.(told.records, told.totalSteps);
    else void onEpoch?.(told.record);
  }

  #fail(error: Error): void {
    this.#ended ??= error;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
