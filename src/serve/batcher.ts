/** @module The queue of inputs: whatever waits when the model is free goes into one batch. */

import { setTimeout as pause } from "node:timers/promises";

import type { Deadline } from "./deadline.js";
import type { ServeEvent } from "./events.js";
import type { Limits } from "./limits.js";
import type { Metrics } from "./metrics.js";
import { Problem, tryLater } from "../http/problem.js";
import { ModelThread } from "./thread.js";
import type { Ask, Asked, ModelThreadData } from "./worker.js";

/** Batches in the thread: pictures of the next one are decoded while the model runs. */
const AHEAD = 2;

/** Before a thread that cannot be started is tried again. */
const RESTART_MS = 1000;

interface Waiting {
  readonly ask: Ask;
  readonly since: number;
  readonly settle: (asked: Asked) => void;
  readonly fail: (problem: Problem) => void;
}

/** What a batcher tells about. */
export interface BatcherWatch {
  readonly metrics: Metrics;
  readonly events: (event: ServeEvent) => void;
}

/** Batches inputs of all requests for one thread. */
export class Batcher {
  #waiting: Waiting[] = [];
  #running = 0;
  /** `null` while it is started again. */
  #thread: ModelThread | null;
  #restarting: Promise<void> = Promise.resolve();
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #isPlanned = false;
  /** Seconds that one input takes, smoothed. */
  #pace = 0;

  private constructor(
    thread: ModelThread,
    readonly data: ModelThreadData,
    readonly limits: Limits,
    readonly watch: BatcherWatch,
  ) {
    this.#thread = thread;
    this.#supervise(thread);
  }

  /**
   * Starts the thread.
   *
   * @throws {UserError} when there is no model, or one of its files is damaged.
   */
  static async start(data: ModelThreadData, limits: Limits, watch: BatcherWatch): Promise<Batcher> {
    return new Batcher(await ModelThread.start(data), data, limits, watch);
  }

  /** Inputs that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Whether the model is loaded. */
  get isReady(): boolean {
    return this.#thread !== null;
  }

  /** Seconds after which a queue that is full now should have room. */
  get retryAfter(): number {
    return Math.min(60, Math.max(1, Math.ceil(this.#waiting.length * this.#pace)));
  }

  /**
   * Outcomes of the inputs of one request, in their order.
   *
   * @throws {Problem} 503 when the queue has no room for all of them, 500 when the model fails, or that of the deadline.
   */
  async submit(asks: readonly Ask[], deadline: Deadline): Promise<Asked[]> {
    if (deadline.isOver) throw deadline.problem;
    if (this.#waiting.length + asks.length > this.limits.maxQueue) {
      throw tryLater("The queue is full.", this.retryAfter);
    }
    const since = performance.now();
    const mine: Waiting[] = [];
    const outcomes = asks.map(
      (ask) =>
        new Promise<Asked>((settle, fail) => {
          mine.push({ ask, since, settle, fail });
        }),
    );
    this.#waiting.push(...mine);
    const forget = deadline.onOver(() => {
      this.#waiting = this.#waiting.filter((one) => !mine.includes(one));
      for (const { fail } of mine) fail(deadline.problem);
    });
    this.#plan();
    try {
      return await Promise.all(outcomes);
    } finally {
      forget();
    }
  }

  /** Ends the thread; nothing may wait any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#restarting;
    await this.#thread?.stop();
  }

  /** What arrives in the same turn of the event loop goes into the same batch. */
  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      this.#send();
    });
  }

  #send(): void {
    clearTimeout(this.#timer);
    const { maxBatch, maxDelay } = this.limits;
    while (this.#thread && this.#running < AHEAD && this.#waiting.length > 0) {
      const left = this.#waiting[0]!.since + maxDelay - performance.now();
      if (this.#waiting.length < maxBatch && left > 0 && maxDelay > 0) {
        this.#timer = setTimeout(() => {
          this.#send();
        }, left);
        return;
      }
      void this.#run(this.#thread, this.#waiting.splice(0, maxBatch));
    }
  }

  async #run(thread: ModelThread, batch: readonly Waiting[]): Promise<void> {
    const { metrics, events } = this.watch;
    const { timeout } = this.limits;
    this.#running++;
    const start = performance.now();
    // Whatever it is that hangs, such as a picture that takes forever to draw, nothing else ends it.
    const timer = setTimeout(() => void thread.stop(), timeout);
    try {
      const outcomes = await thread.run(batch.map(({ ask }) => ask));
      batch.forEach(({ settle }, at) => {
        const outcome = outcomes[at]!;
        settle(outcome);
        metrics.inputs.add({ outcome: "answer" in outcome ? "answered" : "refused" });
      });
    } catch (error) {
      events({ event: "failed", message: (error as Error).message });
      metrics.inputs.add({ outcome: "failed" }, batch.length);
      for (const { fail } of batch) fail(new Problem(500, "The model failed on this batch."));
    } finally {
      clearTimeout(timer);
      this.#running--;
    }
    const seconds = (performance.now() - start) / 1000;
    this.#pace = 0.8 * this.#pace + (0.2 * seconds) / batch.length;
    metrics.batches.observe(batch.length);
    metrics.batchSeconds.observe(seconds);
    this.#send();
  }

  #supervise(thread: ModelThread): void {
    void thread.ended.then(({ message }) => {
      this.#thread = null;
      if (this.#stopped) return;
      this.watch.events({ event: "restarting", message });
      this.watch.metrics.restarts.add();
      this.#restarting = this.#restart();
    });
  }

  async #restart(): Promise<void> {
    while (!this.#stopped) {
      try {
        const thread = await ModelThread.start(this.data);
        this.#thread = thread;
        this.#supervise(thread);
        this.#send();
        return;
      } catch (error) {
        this.watch.events({ event: "failed", message: (error as Error).message });
        await pause(RESTART_MS);
      }
    }
  }
}
