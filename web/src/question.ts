/** @module What both models are asked: an emoji that they have not seen, changed by hand. */

import { pixelsOf, type Question } from "balgrad/browser";

import { button, el } from "./dom.js";
import { askedEmoji, type Emoji, type EmojiSet } from "./emoji.js";
import { PicturePad } from "./pad.js";
import { LONGEST_TEXT, type State, type Store } from "./state.js";

/** Emoji that are offered at a time. */
const OFFERED = 18;

/** The hot dog: nobody knows at once whether it is an animal. */
const FIRST = "1f32d";

const wordsIn = (text: string): string[] => text.split(/[\s,]+/u).filter((word) => word !== "");

/** The question to the models, and what changes it. */
export class QuestionEditor {
  readonly element: HTMLElement;
  readonly #store: Store;
  readonly #side: number;
  readonly #pad: PicturePad;
  readonly #emoji: readonly Emoji[];
  readonly #classes: readonly string[];
  readonly #offer = el("div", { class: "emoji" });
  readonly #words = el("div", { class: "words", role: "group", "aria-label": "Words" });
  readonly #text = el("textarea", {
    ...{ rows: 2, maxlength: LONGEST_TEXT, "aria-label": "Your own text" },
    placeholder: "Or type your own text",
  });
  readonly #truth = el("p", { class: "small soft" });

  constructor(store: Store, set: EmojiSet) {
    this.#store = store;
    this.#side = set.side;
    this.#emoji = askedEmoji(set);
    this.#classes = set.classes;
    this.#pad = new PicturePad(store, set.side);
    this.#text.addEventListener("input", () => {
      store.change({ text: this.#text.value === "" ? null : this.#text.value, off: [] });
    });
    const others = button("Other emoji", () => {
      const pages = Math.ceil(this.#emoji.length / OFFERED);
      store.change({ page: (store.state.page + 1) % pages });
    });
    this.element = el(
      "div",
      {},
      this.#offer,
      el("div", { class: "choices" }, others),
      el(
        "div",
        { class: "asking" },
        this.#pad.element,
        el(
          "div",
          {},
          ...[this.#truth, this.#words, this.#text],
          el("p", { class: "small soft" }, "Press a word to leave it out."),
        ),
      ),
    );
    store.watch((state) => {
      this.#show(state);
    });
  }

  /** The question; `null` where nothing is left of it. */
  get question(): Question | null {
    const { picture } = this.#pad;
    const text = this.#left().join(" ");
    if (!picture && text === "") return null;
    return {
      ...(picture && { pixels: pixelsOf(picture, this.#side) }),
      ...(text !== "" && { text }),
    };
  }

  /** The class that is right; `null` where nobody knows. */
  get right(): number | null {
    const { text, drawing } = this.#store.state;
    return text === null && drawing === "" ? this.#chosen.label : null;
  }

  get #chosen(): Emoji {
    const { emoji } = this.#store.state;
    return (
      this.#emoji.find(({ code }) => code === emoji) ??
      this.#emoji.find(({ code }) => code === FIRST)!
    );
  }

  #all(): string[] {
    return wordsIn(this.#store.state.text ?? this.#chosen.text);
  }

  #left(): string[] {
    const { off } = this.#store.state;
    return this.#all().filter((_, at) => !off.includes(at));
  }

  #show(state: State): void {
    const chosen = this.#chosen;
    this.#pad.show(state, chosen.picture);
    if (document.activeElement !== this.#text) this.#text.value = state.text ?? "";
    const { right } = this;
    this.#truth.textContent =
      right === null
        ? "Yours: there is no right answer to compare with."
        : `The right answer is ${this.#classes[right]!}. Neither model has seen this emoji in training.`;
    this.#showWords(state);
    this.#showOffer(state, chosen);
  }

  #showWords({ off }: State): void {
    const focused = [...this.#words.children].indexOf(document.activeElement!);
    const words = this.#all().map((word, at) =>
      button(
        word,
        () => {
          const others = off.filter((one) => one !== at);
          this.#store.change({ off: others.length < off.length ? others : [...off, at] });
        },
        { "aria-pressed": String(off.includes(at)) },
      ),
    );
    this.#words.replaceChildren(...words);
    words[focused]?.focus();
  }

  #showOffer({ page }: State, chosen: Emoji): void {
    const focused = [...this.#offer.children].indexOf(document.activeElement!);
    const offered = this.#emoji.slice(page * OFFERED, (page + 1) * OFFERED).map((emoji) => {
      const choice = button("", () => {
        this.#store.change({
          ...{ emoji: emoji.code, text: null, off: [], drawing: "", picture: "given" },
        });
      });
      choice.setAttribute("aria-label", emoji.text.split(",")[0]!);
      choice.setAttribute("aria-pressed", String(emoji === chosen));
      const copy = el("canvas", { width: this.#side, height: this.#side });
      copy.getContext("2d")!.drawImage(emoji.picture, 0, 0);
      choice.append(copy);
      return choice;
    });
    this.#offer.replaceChildren(...offered);
    offered[focused]?.focus();
  }
}
