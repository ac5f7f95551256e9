/** @module What the page shows, in its address: who opens the address sees the same. */

/** What happens to a picture before the models see it. */
export const PICTURES = ["given", "blurred", "blank"] as const;

/** Where the models are trained. */
export const DEVICES = ["auto", "webgpu", "wasm"] as const;

/** Methods for samples of one's own. */
export const METHODS = ["robust", "balgrad", "joint"] as const;

/** State of the page. Samples that people bring are no part of it. */
export interface State {
  readonly tab: "emoji" | "own";
  readonly seed: number;
  readonly epochs: number;
  readonly device: (typeof DEVICES)[number];
  /** Code points of the emoji that is asked about; "" for the first. */
  readonly emoji: string;
  /** Which page of emoji is offered. */
  readonly page: number;
  readonly picture: (typeof PICTURES)[number];
  /** A drawing in place of the emoji's picture, see `drawing.ts`; "" for none. */
  readonly drawing: string;
  /** A text in place of the emoji's; `null` for none. */
  readonly text: string | null;
  /** Positions of the words that are left out. */
  readonly off: readonly number[];
  readonly method: (typeof METHODS)[number];
  readonly ownEpochs: number;
  /** The text that the own model is asked about. */
  readonly ask: string;
}

/** The state of a page that was opened without any. */
export const START: State = {
  ...{ tab: "emoji", seed: 1, epochs: 8, device: "auto" },
  ...{ emoji: "", page: 0, picture: "given", drawing: "", text: null, off: [] },
  ...{ method: "robust", ownEpochs: 30, ask: "" },
};

/** Longest text that an address is made of. */
export const LONGEST_TEXT = 500;

const oneOf = <T extends string>(values: readonly T[], given: string, otherwise: T): T =>
  values.find((value) => value === given) ?? otherwise;

function whole(given: string, least: number, most: number, otherwise: number): number {
  const value = Number(given);
  return Number.isInteger(value) && value >= least && value <= most ? value : otherwise;
}

/** Reads each part of the state; what makes no sense becomes the start's. */
const READERS: { readonly [K in keyof State]: (given: string) => State[K] } = {
  tab: (given) => oneOf(["emoji", "own"], given, START.tab),
  seed: (given) => whole(given, 0, 1e6, START.seed),
  epochs: (given) => whole(given, 1, 100, START.epochs),
  device: (given) => oneOf(DEVICES, given, START.device),
  emoji: (given) => given,
  page: (given) => whole(given, 0, 1000, START.page),
  picture: (given) => oneOf(PICTURES, given, START.picture),
  drawing: (given) => given,
  text: (given) => given.slice(0, LONGEST_TEXT),
  off: (given) => [
    ...new Set(given.split(".").flatMap((at) => (/^\d{1,3}$/.test(at) ? [Number(at)] : []))),
  ],
  method: (given) => oneOf(METHODS, given, START.method),
  ownEpochs: (given) => whole(given, 1, 500, START.ownEpochs),
  ask: (given) => given.slice(0, LONGEST_TEXT),
};

const NAMES = Object.keys(READERS) as (keyof State)[];

/** Reads the part of an address after `#`. */
export function readState(hash: string): State {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const read = NAMES.flatMap((name) => {
    const value = given.get(name);
    return value === null ? [] : [[name, READERS[name](value)] as const];
  });
  return { ...START, ...Object.fromEntries(read) };
}

/** Writes a state as the part of an address after `#`; what is as at the start is left out. */
export function writeState(state: State): string {
  const written = NAMES.flatMap((name) => {
    const value = state[name];
    if (value === null || String(value) === String(START[name])) return [];
    return [[name, Array.isArray(value) ? value.join(".") : String(value)]];
  });
  return new URLSearchParams(written).toString();
}

/** The state of the page, and who wants to know of its changes. */
export class Store {
  #state = readState(location.hash);
  readonly #listeners: ((state: State) => void)[] = [];

  constructor() {
    addEventListener("hashchange", () => {
      const read = readState(location.hash);
      if (writeState(read) !== writeState(this.#state)) this.#become(read);
    });
  }

  get state(): State {
    return this.#state;
  }

  /** Changes parts of the state, and the address with them. */
  change(parts: Partial<State>): void {
    const next = { ...this.#state, ...parts };
    history.replaceState(null, "", `#${writeState(next)}`);
    this.#become(next);
  }

  /** Calls a listener now and after every change. */
  watch(listener: (state: State) => void): void {
    this.#listeners.push(listener);
    listener(this.#state);
  }

  #become(next: State): void {
    this.#state = next;
    for (const listener of this.#listeners) listener(next);
  }
}
