/** @module The thread that runs the model, seen from the service: started, asked, and started again when it ends. */

import { Worker } from "node:worker_threads";

import { UserError } from "../errors.js";
import { Classifier } from "../predict/predict.js";
import { nodeRuntime } from "../runtime/node.js";
import { silenceTelemetry } from "../runtime/telemetry.js";
import type { Ask, Asked, Batch, ModelThreadData, ThreadMessage } from "./worker.js";

const WORKER = new URL("./worker.js", import.meta.url);

/** A batch that is not answered. */
interface Pending {
  readonly settle: (answers: readonly Asked[]) => void;
  readonly fail: (error: Error) => void;
}

/** One thread with a loaded model. */
export class ModelThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #next = 0;
  /** Why it has ended; resolves when it does, and never rejects. */
  readonly ended: Promise<Error>;

  private constructor(worker: Worker) {
    this.#worker = worker;
    this.ended = new Promise((resolve) => {
      let why = new Error("the thread that runs the model ended");
      worker.on("error", (error) => {
        why = error;
      });
      worker.on("exit", () => {
        for (const { fail } of this.#pending.values()) fail(why);
        this.#pending.clear();
        resolve(why);
      });
    });
    worker.on("message", (message: ThreadMessage) => {
      this.#hear(message);
    });
  }

  /**
   * Starts a thread and waits until its model is loaded.
   *
   * @throws {UserError} when there is no model, or one of its files is damaged.
   */
  static async start(data: ModelThreadData): Promise<ModelThread> {
    // Before the thread loads the runtime: here it costs nothing.
    await silenceTelemetry();
    const worker = new Worker(WORKER, { workerData: data });
    const thread = new ModelThread(worker);
    const loaded = new Promise<boolean>((resolve) => {
      worker.once("message", (message: ThreadMessage) => {
        resolve(message.kind === "loaded" && message.works);
      });
    });
    const works = await Promise.race([loaded, thread.ended.then(() => false)]);
    if (works) return thread;
    await thread.stop();
    // The errors of a thread lose what their texts are made of; loading here throws the same one whole.
    const classifier = await Classifier.load(data.folder, nodeRuntime({ threads: data.threads }));
    await classifier.release();
    throw new UserError(`${data.folder}: the model cannot be loaded in a thread.`);
  }

  /**
   * Outcomes of a batch, in its order.
   *
   * @throws {Error} when the model fails or the thread ends.
   */
  run(asks: readonly Ask[]): Promise<readonly Asked[]> {
    return new Promise((settle, fail) => {
      const batch: Batch = { id: this.#next++, asks };
      this.#pending.set(batch.id, { settle, fail });
      const images = asks.flatMap(({ question }) => question.image ?? []);
      // They are not copied; nobody else looks at them any more.
      this.#worker.postMessage(
        batch,
        images.map(({ buffer }) => buffer as ArrayBuffer),
      );
    });
  }

  /** Ends the thread; what it is at fails. */
  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #hear(message: ThreadMessage): void {
    if (message.kind === "loaded") return;
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.kind === "answered") pending?.settle(message.answers);
    else pending?.fail(new Error(message.message));
  }
}
