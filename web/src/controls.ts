/** @module Fields for parts of the page's state, and the line that says what happens. */

import { el, field, select, wordsOf } from "./dom.js";
import { DEVICES, METHODS, type State, type Store } from "./state.js";

/** A field for a whole number of the state; a value out of range is put back. */
export function numberField(
  store: Store,
  label: string,
  name: "seed" | "epochs" | "ownEpochs",
  limits: { readonly min: number; readonly max: number },
): HTMLElement {
  const input = el("input", { type: "number", step: 1, ...limits });
  input.addEventListener("change", () => {
    const value = input.valueAsNumber;
    const isValid = Number.isInteger(value) && value >= limits.min && value <= limits.max;
    if (isValid) store.change({ [name]: value });
    else input.value = String(store.state[name]);
  });
  store.watch((state) => {
    input.value = String(state[name]);
  });
  return field(label, input);
}

function choiceField<Name extends "device" | "method">(
  store: Store,
  label: string,
  name: Name,
  options: readonly (readonly [value: State[Name], label: string])[],
): HTMLElement {
  const control = select(options, store.state[name], (chosen) => {
    const found = options.find(([value]) => value === chosen);
    if (found) store.change({ [name]: found[0] });
  });
  store.watch((state) => {
    control.value = state[name];
  });
  return field(label, control);
}

const DEVICE_LABELS: Readonly<Record<State["device"], string>> = {
  auto: "a GPU if there is one",
  webgpu: "GPU (WebGPU)",
  wasm: "processor (WebAssembly)",
};

const METHOD_LABELS: Readonly<Record<State["method"], string>> = {
  robust: "robust, the default",
  balgrad: "BalGrad",
  joint: "joint training",
};

/** A field for where the models are trained. */
export const deviceField = (store: Store): HTMLElement =>
  choiceField(
    store,
    "Compute on",
    "device",
    DEVICES.map((device) => [device, DEVICE_LABELS[device]]),
  );

/** A field for the method of one's own model. */
export const methodField = (store: Store): HTMLElement =>
  choiceField(
    store,
    "Method",
    "method",
    METHODS.map((method) => [method, METHOD_LABELS[method]]),
  );

/** How far a training is, in words and as a bar. */
export class StatusLine {
  readonly elements: readonly HTMLElement[];
  readonly #words: HTMLElement;
  readonly #bar = el("progress", { value: 0, max: 1, "aria-label": "Progress", hidden: true });

  constructor(id: string) {
    this.#words = el("p", { class: "status", role: "status", id });
    this.elements = [this.#bar, this.#words];
  }

  /** Says what happens. */
  tell(words: string, isError = false): void {
    if (this.#words.textContent !== words) this.#words.textContent = words;
    this.#words.classList.toggle("warn", isError);
  }

  /** Says what went wrong. */
  fail(error: unknown): void {
    this.tell(wordsOf(error), true);
  }

  /** Shows the bar. */
  advance(share: number): void {
    this.#bar.hidden = false;
    this.#bar.value = share;
  }
}
