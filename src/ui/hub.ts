/** @module Looks at the folder of runs while somebody does, and tells whoever waits that something has changed. */

import { setTimeout as pause } from "node:timers/promises";

import type { RunList } from "./list.js";
import { Memo } from "./memo.js";
import { type Part, type View, viewOf } from "./view.js";

/** Milliseconds between two looks at the folder. */
const PAUSE_MS = 1000;

/** Looking and drawing take at most one part in so many of the time: who trains on this machine needs it. */
const SHARE = 10;

/** Views that are kept for all who look at the same. */
const KEPT = 16;

/** The state of the folder that views show. */
export class Hub {
  readonly #waiting = new Set<() => void>();
  readonly #views = new Memo<View>(KEPT);
  #version = 0;
  #looked = -Infinity;
  /** Milliseconds that the last look, and drawing since, have taken. */
  #took = 0;
  #isPolling = false;
  #isStopping = false;

  constructor(readonly list: RunList) {}

  /** Grows with each change. */
  get version(): number {
    return this.#version;
  }

  /** Whether nothing changes any more, because the server stops. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  get #isDue(): number {
    return Math.max(PAUSE_MS, SHARE * this.#took) - (performance.now() - this.#looked);
  }

  /** Looks at the folder, unless that was done just now. */
  async look(): Promise<void> {
    if (this.#isDue <= 0) await this.#look();
  }

  async #look(): Promise<void> {
    const start = performance.now();
    const isChanged = await this.list.look();
    this.#looked = performance.now();
    this.#took = this.#looked - start;
    if (!isChanged) return;
    this.#version++;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /**
   * A view of the folder as it is now, made once for all who look at the same.
   *
   * @param key - Of what is looked at.
   */
  view(key: string, make: () => Promise<readonly Part[]>): Promise<View> {
    return this.#views.get(`${this.#version} ${key}`, async () => {
      const start = performance.now();
      const view = viewOf(await make());
      this.#took += performance.now() - start;
      return view;
    });
  }

  /**
   * Waits for a change. Somebody has to wait for the folder to be looked at.
   *
   * @param version - That is known already.
   * @param milliseconds - Longest time to wait.
   * @param signal - Ends the waiting.
   */
  async changed(version: number, milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.#version !== version || this.#isStopping || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#waiting.add(done);
      signal.addEventListener("abort", done);
      void this.#poll();
    });
  }

  async #poll(): Promise<void> {
    if (this.#isPolling) return;
    this.#isPolling = true;
    while (this.#waiting.size > 0 && !this.#isStopping) {
      await pause(Math.max(1, this.#isDue));
      if (this.#waiting.size > 0) await this.look();
    }
    this.#isPolling = false;
  }

  /** Looks for the last time, and ends all waiting. */
  async stop(): Promise<void> {
    await this.#look();
    this.#isStopping = true;
    this.#wake();
  }
}
