/** @module The simulation of many workers loses nothing and counts nothing twice, and is the same for the same seed. */

import { describe, expect, test } from "vitest";

interface Result {
  readonly seconds: number;
  readonly ideal: number;
  readonly done: number;
  readonly publishedOnce: number;
  readonly publishedAgain: number;
  readonly twice: number;
  readonly taken: number;
  readonly crash: number;
  readonly pause: number;
  readonly network: number;
  readonly queue: number;
  readonly store: number;
  readonly lost: number;
  readonly rounds: number;
  readonly failedForGood: number;
  readonly storeFailures: number;
  readonly tallies: Readonly<Record<string, { readonly total: number; readonly peak: number }>>;
}

type Settings = Readonly<Record<string, number>>;

const load = async <T>(name: string): Promise<T> =>
  (await import(new URL(`../bench/scale/${name}.js`, import.meta.url).href)) as T;

const { simulate } = await load<{ simulate: (settings: Settings) => Result }>("cluster");
const { CALM, ROUGH } = await load<{ CALM: Settings; ROUGH: Settings }>("rules");

const SIZE = { shards: 3000, workers: 20 };

/** Every fault within minutes. */
const WILD: Settings = {
  ...ROUGH,
  ...{ crashHours: 0.5, pauseHours: 1, networkHours: 1, queueHours: 0.1, storeHours: 0.5 },
  ...{ failShare: 0.02, slowShare: 0.02, aheadShare: 0.2 },
};

test("without failures each shard is done once, in the ideal time", () => {
  const result = simulate({ ...SIZE, ...CALM });
  expect(result).toMatchObject({ done: 3000, publishedOnce: 3000, publishedAgain: 0, taken: 3000 });
  expect(result.twice).toBeCloseTo(0, 9);
  expect(result.seconds).toBeGreaterThanOrEqual(result.ideal);
  expect(result.seconds).toBeLessThan(1.03 * result.ideal);
});

describe.each([1, 2, 3, 4, 5])("with every failure, seed %i", (seed) => {
  const result = simulate({ ...SIZE, ...WILD, seed });

  test("every shard is in the tables once", () => {
    expect(result).toMatchObject({ done: 3000, publishedOnce: 3000 });
  });

  test("every kind of failure happened, and cost something", () => {
    for (const kind of ["crash", "pause", "network", "queue", "store", "lost"] as const) {
      expect(result[kind], kind).toBeGreaterThan(0);
    }
    expect(result.twice).toBeGreaterThan(0.01);
    expect(result.seconds).toBeGreaterThan(result.ideal);
    expect(result.taken).toBeGreaterThan(3000);
    expect(result.tallies["written"]!.total).toBe(3000 + result.publishedAgain);
  });
});

test("the same seed gives the same numbers, another one gives others", () => {
  const plain = (seed: number) => JSON.stringify(simulate({ ...SIZE, ...WILD, seed }));
  expect(plain(7)).toBe(plain(7));
  expect(plain(7)).not.toBe(plain(8));
});

test("what a stopped server forgets is done again", () => {
  const often = { ...SIZE, ...CALM, queueHours: 0.05, queueSeconds: 5 };
  const forgetful = simulate({ ...often, queueForgets: 1 });
  const careful = simulate({ ...often, queueForgets: 0 });
  expect([forgetful.done, careful.done]).toEqual([3000, 3000]);
  expect(forgetful.queue).toBeGreaterThan(10);
  expect(forgetful.taken).toBeGreaterThan(careful.taken);
});

test("a store that is away for longer than requests are tried again fails jobs for good", () => {
  const away = { ...SIZE, ...CALM, storeHours: 0.3, storeSeconds: 1200 };
  const patient = simulate({ ...away, storePatience: 1800 });
  const hasty = simulate({ ...away, storePatience: 30 });
  expect(patient).toMatchObject({ done: 3000, failedForGood: 0, storeFailures: 0, rounds: 1 });
  expect(hasty.failedForGood).toBeGreaterThan(0);
  expect(hasty.rounds).toBeGreaterThan(1);
  expect(hasty.done).toBe(3000);
});
