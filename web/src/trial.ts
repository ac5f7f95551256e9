/** @module The trial of one's own model: a picture and a text, the answer, the download. */

import { pixelsOf, type Question, type Trainer } from "balgrad/browser";

import { answerView } from "./answers.js";
import { button, el, field, wordsOf } from "./dom.js";
import { dropArea } from "./drop.js";
import { decoded, SIDE, thumbnail } from "./samples.js";
import { LONGEST_TEXT, type Store } from "./state.js";

/** Long enough for a browser to begin the download. */
const KEPT_MS = 60_000;

/** A model to try, and the names of its classes. */
export interface Trained {
  readonly trainer: Trainer;
  readonly classes: readonly string[];
}

/** The part of the page where the own model is tried. */
export class Trial {
  readonly element: HTMLElement;
  readonly #store: Store;
  readonly #answer = el("div", { class: "card", "aria-live": "polite", id: "own-answer" });
  readonly #picture = el("div", { class: "shown" });
  readonly #problem = el("p", { class: "warn" });
  #trained: Trained | null = null;
  #pixels: Uint8Array | null = null;
  #asked = 0;

  constructor(store: Store) {
    this.#store = store;
    const ask = el("textarea", { rows: 2, id: "ask", maxlength: LONGEST_TEXT });
    ask.addEventListener("input", () => {
      store.change({ ask: ask.value });
      void this.#ask();
    });
    store.watch((state) => {
      if (document.activeElement !== ask) ask.value = state.ask;
    });
    const drop = dropArea("try-picture", "Drop a picture here, or choose one", false, (files) => {
      void this.#show(files[0]);
    });
    const download = button("Download the model (ONNX)", () => void this.#download());
    this.element = el(
      "div",
      { hidden: true },
      el("h2", { class: "block" }, "Try it"),
      el(
        "div",
        { class: "pair" },
        el("div", {}, drop, this.#picture, field("Text", ask)),
        this.#answer,
      ),
      el("div", { class: "choices" }, download),
      el(
        "p",
        { class: "small soft" },
        "The file runs in any ONNX Runtime. Its metadata have the classes and how pictures and texts are prepared.",
      ),
      this.#problem,
    );
  }

  /** Takes a model that was trained. */
  async open(trained: Trained): Promise<void> {
    this.#trained = trained;
    this.element.hidden = false;
    await this.#ask();
  }

  /** Forgets the model. */
  close(): void {
    this.#trained = null;
    this.element.hidden = true;
  }

  async #show(file: File | undefined): Promise<void> {
    const picture = file ? await decoded(file).catch(() => null) : null;
    this.#problem.textContent = file && !picture ? `This browser cannot read ${file.name}.` : "";
    this.#pixels = picture ? pixelsOf(picture, SIDE) : null;
    const without = button("Without the picture", () => void this.#show(undefined));
    this.#picture.replaceChildren(...(picture ? [thumbnail(picture), without] : []));
    await this.#ask();
  }

  async #ask(): Promise<void> {
    const trained = this.#trained;
    if (!trained) return;
    const { ask } = this.#store.state;
    const question: Question = {
      ...(this.#pixels && { pixels: this.#pixels }),
      ...(ask.trim() !== "" && { text: ask }),
    };
    const asked = ++this.#asked;
    const content = await this.#answerTo(question, trained);
    if (asked === this.#asked) this.#answer.replaceChildren(el("h2", {}, "Answer"), ...content);
  }

  async #answerTo(question: Question, { trainer, classes }: Trained): Promise<HTMLElement[]> {
    const note = (words: string): HTMLElement[] => [el("p", { class: "soft" }, words)];
    if (!question.pixels && question.text === undefined) {
      return note("Drop a picture, type a text, or both.");
    }
    try {
      const [answer] = await trainer.answer([question]);
      return answerView(answer!, classes, "probabilities");
    } catch (error) {
      return note(wordsOf(error));
    }
  }

  async #download(): Promise<void> {
    try {
      const bytes = await this.#trained!.trainer.exportOnnx();
      const address = URL.createObjectURL(new Blob([bytes]));
      el("a", { href: address, download: "balgrad.onnx" }).click();
      setTimeout(() => {
        URL.revokeObjectURL(address);
      }, KEPT_MS);
    } catch (error) {
      this.#problem.textContent = wordsOf(error);
    }
  }
}
