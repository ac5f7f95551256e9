/** @module The tab of the emoji: two models train side by side and answer the same question. */

import { type Place, pixelsOf, Trainer } from "balgrad/browser";

import { Contestant, CONTESTANTS } from "./contestant.js";
import { deviceField, numberField, StatusLine } from "./controls.js";
import { button, el } from "./dom.js";
import { type EmojiSet, loadEmoji, trainingSamples } from "./emoji.js";
import { QuestionEditor } from "./question.js";
import type { Store } from "./state.js";

/** Threads of each of the two models. */
const threadsEach = (): number =>
  crossOriginIsolated ? Math.max(1, Math.min(4, Math.floor(navigator.hardwareConcurrency / 2))) : 1;

/** The tab, with its models. */
export class Race {
  readonly #store: Store;
  readonly #contestants = CONTESTANTS.map((one) => new Contestant(one));
  readonly #start: HTMLButtonElement;
  readonly #status = new StatusLine("status");
  readonly #onPlace: (place: Place) => void;
  /** The emoji, once they are asked for. */
  readonly #loading = loadEmoji(pixelsOf);
  #set: EmojiSet | null = null;
  #editor: QuestionEditor | null = null;
  #isTraining = false;
  #isStopping = false;
  #totalSteps = 0;
  #isDrawn = true;

  constructor(panel: HTMLElement, store: Store, onPlace: (place: Place) => void) {
    this.#store = store;
    this.#onPlace = onPlace;
    this.#start = button("Train both", () => void this.#startOrStop(), { class: "main" });
    const asking = el("div", {}, el("p", { class: "soft" }, "Loading the emoji …"));
    panel.append(
      el(
        "div",
        { class: "controls" },
        this.#start,
        numberField(store, "Epochs", "epochs", { min: 1, max: 100 }),
        numberField(store, "Seed", "seed", { min: 0, max: 1e6 }),
        deviceField(store),
      ),
      ...this.#status.elements,
      el("div", { class: "pair race" }, ...this.#contestants.map(({ element }) => element)),
      el("h2", { class: "block" }, "Ask both"),
      el(
        "p",
        { class: "soft" },
        "Blank or blur the picture, leave out words, draw or type something else. Both models answer with their joint classifier.",
      ),
      asking,
      el("div", { class: "pair" }, ...this.#contestants.map(({ answers }) => answers)),
    );
    for (const one of this.#contestants) one.draw(0, 0);
    void this.#load(asking);
  }

  async #load(asking: HTMLElement): Promise<void> {
    try {
      this.#set = await this.#loading;
      this.#editor = new QuestionEditor(this.#store, this.#set);
      asking.replaceChildren(this.#editor.element);
      this.#store.watch(() => {
        this.#ask();
      });
    } catch (error) {
      this.#start.disabled = true;
      this.#status.fail(error);
    }
  }

  #ask(): void {
    if (!this.#editor || !this.#set) return;
    const { question, right } = this.#editor;
    for (const one of this.#contestants) void one.ask(question, this.#set.classes, right);
  }

  async #startOrStop(): Promise<void> {
    if (this.#isTraining) {
      this.#isStopping = true;
      this.#status.tell("Stopping …");
      await Promise.all(this.#contestants.map((one) => one.stop()));
      return;
    }
    this.#isTraining = true;
    this.#isStopping = false;
    this.#start.textContent = "Stop";
    this.#status.advance(0);
    this.#status.tell("Loading ONNX Runtime …");
    for (const one of this.#contestants) one.clear();
    try {
      const areComplete = await this.#train();
      this.#status.tell(
        areComplete ? "Done. Now ask both." : "Stopped. What was trained so far answers.",
      );
    } catch (error) {
      this.#status.fail(error);
      await Promise.all(this.#contestants.map((one) => one.stop()));
    }
    this.#isTraining = false;
    this.#start.textContent = "Train both again";
    this.#ask();
  }

  async #train(): Promise<boolean> {
    const { device, seed, epochs } = this.#store.state;
    const place = { device, threads: threadsEach() };
    const trainers = await Promise.all(this.#contestants.map(() => Trainer.open(place)));
    this.#onPlace(trainers[0]!.place);
    const samples = trainingSamples(await this.#loading);
    if (this.#isStopping) {
      for (const trainer of trainers) trainer.close();
      return false;
    }
    this.#status.tell("Compiling the training steps …");
    const complete = await Promise.all(
      this.#contestants.map((one, at) =>
        one.train(trainers[at]!, samples, { seed, epochs }, (totalSteps) => {
          if (totalSteps === null) this.#ask();
          else this.#advance(totalSteps, epochs);
        }),
      ),
    );
    return complete.every(Boolean);
  }

  #advance(totalSteps: number, epochs: number): void {
    this.#totalSteps = totalSteps;
    const done = Math.min(...this.#contestants.map(({ steps }) => steps));
    this.#status.advance(done / totalSteps);
    const epoch = Math.min(epochs, 1 + Math.floor((done * epochs) / totalSteps));
    this.#status.tell(`Epoch ${epoch} of ${epochs}`);
    if (!this.#isDrawn) return;
    this.#isDrawn = false;
    requestAnimationFrame(() => {
      this.#draw();
    });
  }

  #draw(): void {
    this.#isDrawn = true;
    const largest = Math.max(...this.#contestants.map((one) => one.largest));
    for (const one of this.#contestants) one.draw(this.#totalSteps, largest);
  }
}
