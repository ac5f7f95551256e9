/** @module Workers that do shards, one event after the other: the rules of the queue under faults of machines. */

import { randomStream } from "../../dist/random.js";
import { Events } from "./events.js";
import { plan } from "./faults.js";
import { SimulatedQueue, STATE } from "./queue.js";
import { DEFAULTS, hashed, IDLE_SECONDS, LOOK_SECONDS, RULES, SKEW, STAGE } from "./rules.js";
import { Tally } from "./tally.js";

/** The simulation; {@link simulate} runs it. */
class Cluster {
  #events = new Events();
  #queueBack = 0;
  #storeBack = 0;
  #needed = 0;
  #handedIn = 0;
  #end = null;

  constructor(settings) {
    this.settings = settings;
    this.queue = new SimulatedQueue(settings.shards, settings.queueForgets);
    this.random = randomStream(settings.seed, "work");
    this.published = new Uint8Array(settings.shards);
    this.workers = Array.from({ length: settings.workers }, (_, at) => this.#worker(at));
    this.count = {
      ...{ crash: 0, pause: 0, network: 0, queue: 0, store: 0, lost: 0, failures: 0 },
      ...{ storeFailures: 0, rounds: 1, failedForGood: 0, publishedAgain: 0, publishedOnce: 0 },
      ...{ taken: 0, computed: 0 },
    };
    this.tallies = {
      added: new Tally(),
      ended: new Tally(),
      read: new Tally(),
      written: new Tally(),
    };
    this.mostWaiting = 0;
  }

  #worker(at) {
    const isAhead = this.random.uniform() < this.settings.aheadShare;
    const worker = { at, state: "well", phase: RULES.renewal * this.random.uniform(), isAhead };
    const slot = () => ({
      worker,
      job: -1,
      token: 0,
      stage: STAGE.read,
      since: 0,
      end: 0,
      version: 0,
    });
    worker.slots = Array.from({ length: this.settings.jobs }, slot);
    return worker;
  }

  run() {
    const { shards, handedIn } = this.settings;
    const each = Math.max(1, Math.round(handedIn / 10));
    const handIn = (time) => {
      if (this.#isDown(time)) {
        this.#events.at(this.#queueBack, handIn);
        return;
      }
      const last = Math.min(shards, this.#handedIn + each);
      this.tallies.added.add(time, last - this.#handedIn);
      for (; this.#handedIn < last; this.#handedIn++) this.queue.add(this.#handedIn);
      this.mostWaiting = Math.max(this.mostWaiting, this.queue.waiting.length);
      if (this.#handedIn < shards) this.#events.at(time + 0.1, handIn);
    };
    this.#events.at(0, handIn);
    this.#every(RULES.stalledCheck, (time) => this.queue.checkStalled(time));
    this.#every(RULES.tidying, (time) => this.queue.tidy(time));
    for (const { slots } of this.workers) for (const slot of slots) this.#startLater(slot, 0.1);
    plan(this.#events, this.settings, this);
    for (let event; this.#end === null && (event = this.#events.next());) {
      event.handle(event.time, ...event.about);
    }
    return this.#report();
  }

  #every(seconds, work) {
    const again = (time) => {
      if (!this.#isDown(time)) work(time);
      this.#events.at(time + seconds, again);
    };
    this.#events.at(seconds, again);
  }

  #isDown(time) {
    return time < this.#queueBack;
  }

  #startLater(slot, time) {
    const version = ++slot.version;
    this.#events.at(time, (now) => {
      if (slot.version === version) this.#start(slot, now);
    });
  }

  #start(slot, time) {
    slot.job = -1;
    if (slot.worker.state !== "well") return;
    if (this.#isDown(time)) {
      this.#startLater(slot, this.#queueBack + 2 * this.random.uniform());
      return;
    }
    const taken = this.queue.take(time, slot.worker.isAhead);
    if (!taken) {
      this.#startLater(slot, time + IDLE_SECONDS);
      return;
    }
    this.count.taken++;
    Object.assign(slot, taken, { since: time });
    const isMade = this.published[slot.job] === 1;
    this.tallies.read.add(time);
    this.#go(slot, isMade ? STAGE.finish : STAGE.read, time, isMade ? LOOK_SECONDS : undefined);
  }

  #secondsOf(slot) {
    const { shardSeconds, readSeconds, writeSeconds, slowShare, slowSeconds, seed } = this.settings;
    if (slot.stage === STAGE.compute) return shardSeconds * (0.5 + hashed(seed, slot.job));
    if (slot.stage === STAGE.finish) return 0;
    const slow = this.random.uniform() < slowShare ? slowSeconds : 0;
    return slow + (slot.stage === STAGE.read ? readSeconds : writeSeconds);
  }

  #go(slot, stage, time, seconds) {
    slot.stage = stage;
    this.#until(slot, time + (seconds ?? this.#secondsOf(slot)), time);
  }

  #until(slot, end, time) {
    Object.assign(slot, { end, begun: time });
    const version = ++slot.version;
    this.#events.at(end, (now) => {
      if (slot.version === version) this.#step(slot, now);
    });
  }

  /** A stage ended: what it needs has to be there. */
  #step(slot, time) {
    const { worker, stage } = slot;
    const isCut = worker.state === "network";
    if (stage === STAGE.compute) {
      this.#spend(slot, time);
      if (this.random.uniform() < this.settings.failShare) {
        this.count.failures++;
        this.#fail(slot, time);
      } else this.#go(slot, STAGE.write, time);
      return;
    }
    if (isCut) return this.#until(slot, worker.back + 0.1, time);
    if (stage === STAGE.finish) return this.#finish(slot, time);
    if (time < this.#storeBack) return this.#storeIsAway(slot, time);
    if (stage === STAGE.read) return this.#go(slot, STAGE.compute, time);
    this.tallies.written.add(time);
    if (this.published[slot.job] === 1) this.count.publishedAgain++;
    else this.count.publishedOnce++;
    this.published[slot.job] = 1;
    this.#go(slot, STAGE.finish, time);
  }

  #storeIsAway(slot, time) {
    const { storePatience } = this.settings;
    slot.waitsUntil ??= time + storePatience;
    if (this.#storeBack <= slot.waitsUntil) {
      slot.waitsUntil = undefined;
      this.#until(slot, this.#storeBack + 2 * this.random.uniform(), time);
    } else if (time >= slot.waitsUntil) {
      this.count.storeFailures++;
      this.#fail(slot, time);
    } else this.#until(slot, slot.waitsUntil, time);
  }

  /** Counts the time that a slot has computed. */
  #spend(slot, time) {
    if (slot.stage !== STAGE.compute) return;
    this.count.computed += time - slot.begun;
  }

  #fail(slot, time) {
    slot.waitsUntil = undefined;
    const { worker, job, token } = slot;
    if (worker.state === "well" && !this.#isDown(time)) {
      this.queue.fail(job, token, time, worker.isAhead ? SKEW : 0);
      this.#checkEnd(time);
    } else this.queue.leave(job, token, time + RULES.lock);
    this.#start(slot, time);
  }

  #finish(slot, time) {
    if (this.#isDown(time)) {
      this.#until(slot, this.#queueBack + 2 * this.random.uniform(), time);
      return;
    }
    if (this.queue.finish(slot.job, slot.token, time)) this.tallies.ended.add(time);
    else this.count.lost++;
    this.#checkEnd(time);
    this.#start(slot, time);
  }

  #checkEnd(time) {
    const { queue } = this;
    if (queue.ended < this.settings.shards || this.#end !== null) return;
    if (queue.failed.length === 0) this.#end = time;
    else {
      this.count.rounds++;
      this.count.failedForGood += queue.retryFailed();
    }
  }

  /** When the lock of a slot ends if nobody renews it from now on. */
  #lockEnd({ worker, since }, time) {
    const last = time - ((time - worker.phase) % RULES.renewal);
    return Math.max(since, last) + RULES.lock;
  }

  #leave(worker, time) {
    for (const slot of worker.slots) {
      if (slot.job >= 0) this.queue.leave(slot.job, slot.token, this.#lockEnd(slot, time));
    }
  }

  /** A worker that the queue has not heard of for a while renews its locks. */
  #renew(worker, time) {
    if (worker.state !== "well" || this.#isDown(time)) return;
    for (const slot of worker.slots) {
      if (slot.job < 0) this.#startLater(slot, time);
      else if (!this.queue.renew(slot.job, slot.token, time)) {
        this.#spend(slot, time);
        this.count.lost++;
        this.#startLater(slot, time);
      }
    }
  }

  /** A fault of a worker that is well. */
  strike(kind, at, time, seconds) {
    const worker = this.workers[at];
    if (worker.state !== "well") return;
    this.count[kind]++;
    this.#leave(worker, time);
    Object.assign(worker, { state: kind, back: time + seconds });
    for (const slot of worker.slots) {
      // A network that is cut lets the work go on.
      if (kind === "network") continue;
      this.#spend(slot, time);
      slot.left = slot.end - time;
      slot.version++;
      if (kind === "crash") slot.job = -1;
    }
    this.#events.at(worker.back, (now) => {
      worker.state = "well";
      for (const slot of worker.slots) {
        if (kind === "pause" && slot.job >= 0) this.#until(slot, now + slot.left, now);
      }
      this.#renew(worker, now);
    });
  }

  queueDown(time) {
    if (this.#isDown(time)) return;
    this.count.queue++;
    this.queue.crash(time);
    this.#queueBack = time + this.settings.queueSeconds;
    for (const worker of this.workers) {
      this.#leave(worker, time);
      const at = this.#queueBack + RULES.renewal * this.random.uniform();
      this.#events.at(at, (now) => this.#renew(worker, now));
    }
  }

  storeDown(time) {
    if (time < this.#storeBack) return;
    this.count.store++;
    this.#storeBack = time + this.settings.storeSeconds;
  }

  #report() {
    const { shards, workers, jobs, shardSeconds, readSeconds, writeSeconds, seed } = this.settings;
    for (let job = 0; job < shards; job++) this.#needed += shardSeconds * (0.5 + hashed(seed, job));
    const whole = this.#needed + shards * (readSeconds + writeSeconds);
    const { computed } = this.count;
    const done = this.queue.state.reduce((sum, state) => sum + (state === STATE.done ? 1 : 0), 0);
    return {
      seconds: this.#end,
      ideal: whole / (workers * jobs),
      done,
      /** Computing that was not needed, as a share of what was. */
      twice: (computed - this.#needed) / this.#needed,
      mostWaiting: this.mostWaiting,
      ...this.count,
      tallies: this.tallies,
    };
  }
}

/** Simulates an extraction; the same settings give the same numbers. */
export const simulate = (settings = {}) => new Cluster({ ...DEFAULTS, ...settings }).run();
