/** @module What the queue knows of each job, with the rules of BullMQ. */

import { RULES } from "./rules.js";

/** Where a job is. */
export const STATE = { unknown: 0, waiting: 1, active: 2, delayed: 3, done: 4, failed: 5 };

/** A first-in first-out list whose front also takes jobs that come back. */
class Waiting {
  #list = [];
  #first = 0;
  #back = [];

  get length() {
    return this.#back.length + this.#list.length - this.#first;
  }

  push(job) {
    this.#list.push(job);
  }

  /** Before all others. */
  pushFirst(job) {
    this.#back.push(job);
  }

  take() {
    if (this.#back.length > 0) return this.#back.pop();
    return this.#list[this.#first++];
  }
}

/** The queue. It says what it holds; who works is not its business. */
export class SimulatedQueue {
  #changes = [];
  #delayed = new Map();
  #tokens = 0;

  constructor(size, forgets) {
    this.forgets = forgets;
    this.state = new Uint8Array(size);
    /** Whose lock it is; a lock that is renewed lasts for ever. */
    this.token = new Int32Array(size);
    this.lockedUntil = new Float64Array(size);
    this.attempts = new Uint8Array(size);
    this.stalls = new Uint8Array(size);
    this.waiting = new Waiting();
    this.doubtful = new Set();
    this.ended = 0;
    this.failed = [];
  }

  #note(time, undo) {
    if (this.forgets === 0) return;
    this.#changes.push({ time, undo });
    if (this.#changes.length > 50_000) this.#changes.splice(0, 25_000);
  }

  add(job) {
    this.state[job] = STATE.waiting;
    this.waiting.push(job);
  }

  /** A job with a lock, or `null`. A clock that is ahead begins delayed jobs before their time. */
  take(time, ahead) {
    if (ahead) for (const job of [...this.#delayed.keys()]) this.#begin(job);
    while (this.waiting.length > 0) {
      const job = this.waiting.take();
      if (this.state[job] !== STATE.waiting) continue;
      this.state[job] = STATE.active;
      const token = ++this.#tokens;
      this.token[job] = token;
      this.lockedUntil[job] = Infinity;
      this.#note(time, () => {
        if (this.token[job] !== token || this.state[job] !== STATE.active) return;
        this.token[job] = 0;
        this.#wait(job);
      });
      return { job, token };
    }
    return null;
  }

  #wait(job) {
    this.doubtful.delete(job);
    this.state[job] = STATE.waiting;
    this.waiting.pushFirst(job);
  }

  isHeld(job, token, time) {
    const isOwn = this.state[job] === STATE.active && this.token[job] === token;
    return isOwn && time < this.lockedUntil[job];
  }

  /** From now on nobody renews a lock. */
  leave(job, token, until) {
    if (this.state[job] !== STATE.active || this.token[job] !== token) return;
    this.lockedUntil[job] = Math.min(until, this.lockedUntil[job]);
    this.doubtful.add(job);
  }

  /** Renews a lock; `false` where it is lost. */
  renew(job, token, time) {
    if (!this.isHeld(job, token, time)) return false;
    this.lockedUntil[job] = Infinity;
    this.doubtful.delete(job);
    return true;
  }

  /** Ends a job well; `false` where its lock is lost. */
  finish(job, token, time) {
    if (!this.isHeld(job, token, time)) return false;
    this.doubtful.delete(job);
    this.state[job] = STATE.done;
    this.ended++;
    this.#note(time, () => {
      if (this.state[job] !== STATE.done) return;
      this.state[job] = STATE.active;
      this.ended--;
      this.token[job] = token;
      this.lockedUntil[job] = time + RULES.lock;
      this.doubtful.add(job);
    });
    return true;
  }

  /** Notes a failure; the job is tried again after a pause. */
  fail(job, token, time, skew) {
    if (!this.isHeld(job, token, time)) return;
    this.doubtful.delete(job);
    this.attempts[job]++;
    if (this.attempts[job] >= RULES.attempts) this.#failForGood(job);
    else {
      this.state[job] = STATE.delayed;
      const pause = RULES.pause * 2 ** (this.attempts[job] - 1);
      this.#delayed.set(job, { due: time + pause, isAhead: skew > 0 });
    }
  }

  #failForGood(job) {
    this.doubtful.delete(job);
    this.state[job] = STATE.failed;
    this.failed.push(job);
    this.ended++;
  }

  #begin(job) {
    this.#delayed.delete(job);
    this.state[job] = STATE.waiting;
    this.waiting.push(job);
  }

  /** Begins delayed jobs that are due, and those that a wrong clock put too far ahead. */
  tidy(time) {
    for (const [job, { due, isAhead }] of this.#delayed)
      if (isAhead || due <= time) this.#begin(job);
  }

  /** Takes back jobs whose lock is over. */
  checkStalled(time) {
    for (const job of this.doubtful) {
      if (time < this.lockedUntil[job]) continue;
      this.stalls[job]++;
      if (this.stalls[job] > RULES.stalls) this.#failForGood(job);
      else this.#wait(job);
    }
  }

  /** Forgets what was not on the disk when the server stopped. */
  crash(time) {
    while (this.#changes.length > 0) {
      const change = this.#changes.pop();
      if (change.time < time - this.forgets) break;
      change.undo();
    }
    this.#changes = [];
  }

  /** Hands failed jobs in again; gives how many. */
  retryFailed() {
    const { failed } = this;
    this.failed = [];
    for (const job of failed) {
      this.attempts[job] = 0;
      this.stalls[job] = 0;
      this.ended--;
      this.#begin(job);
    }
    return failed.length;
  }
}
