/** @module The samples that people bring: pictures, captions and classes, in this page's memory only. */

import { pixelsOf, type Samples } from "balgrad/browser";

import { button, el } from "./dom.js";

/** Side of the pictures that models see, pixels. */
export const SIDE = 32;
const THUMBNAIL = 96;
const LONGEST = 500;

/** A picture that was dropped, and what was typed for it. */
interface OwnSample {
  readonly pixels: Uint8Array | null;
  readonly text: HTMLInputElement;
  readonly label: HTMLInputElement;
  readonly element: HTMLElement;
}

/** Decodes a picture; turned upright, as the camera says. */
export const decoded = (file: Blob): Promise<ImageBitmap> =>
  createImageBitmap(file, { imageOrientation: "from-image" });

/** A picture on a square canvas, whole. */
export function thumbnail(picture: ImageBitmap, side = THUMBNAIL): HTMLCanvasElement {
  const canvas = el("canvas", { width: side, height: side });
  const scale = side / Math.max(picture.width, picture.height);
  const [width, height] = [picture.width * scale, picture.height * scale];
  const context = canvas.getContext("2d")!;
  context.drawImage(picture, (side - width) / 2, (side - height) / 2, width, height);
  return canvas;
}

/** The list of samples. */
export class SampleList {
  readonly element = el("ul", { class: "samples" });
  readonly #onChange: () => void;
  #samples: readonly OwnSample[] = [];

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Adds a sample with a picture, or without. */
  add(picture: ImageBitmap | null, text: string, label: string): void {
    const input = (name: string, value: string): HTMLInputElement => {
      const made = el("input", {
        ...{ type: "text", "aria-label": name, placeholder: name, maxlength: LONGEST },
      });
      made.value = value;
      made.addEventListener("input", this.#onChange);
      return made;
    };
    const sample: OwnSample = {
      pixels: picture && pixelsOf(picture, SIDE),
      ...{ text: input("Caption", text), label: input("Class", label) },
      element: el("li", { class: "card" }),
    };
    const remove = button("Remove", () => {
      this.#samples = this.#samples.filter((one) => one !== sample);
      sample.element.remove();
      this.#onChange();
    });
    const shown = picture ? thumbnail(picture) : el("span", { class: "soft small" }, "no picture");
    const fields = el("div", { class: "fields" }, sample.text, sample.label, remove);
    sample.element.append(shown, fields);
    this.#samples = [...this.#samples, sample];
    this.element.append(sample.element);
    this.#onChange();
  }

  /** Classes with the number of their samples, in the order of their names. */
  get counts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { label } of this.#samples) {
      const name = label.value.trim();
      if (name !== "") counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  get size(): number {
    return this.#samples.length;
  }

  /** What keeps the samples from being trained on; `null`: nothing. */
  get obstacle(): string | null {
    const unnamed = this.#samples.filter(({ label }) => label.value.trim() === "").length;
    if (this.size === 0) return "Add samples of at least two classes.";
    if (unnamed > 0) return `${unnamed} of ${this.size} samples have no class yet.`;
    const empty = this.#samples.filter(
      ({ pixels, text }) => !pixels && !/[\p{L}\p{N}\p{S}]/u.test(text.value),
    );
    if (empty.length > 0)
      return `${empty.length} of ${this.size} samples have no picture and no word.`;
    const { counts } = this;
    if (counts.size < 2) return "Add samples of a second class.";
    const few = [...counts].filter(([, count]) => count < 2).map(([name]) => `"${name}"`);
    return few.length > 0 ? `Add a second sample of ${few.join(", ")}.` : null;
  }

  /** The samples, to be trained on. */
  get samples(): Samples {
    const classes = [...this.counts.keys()];
    return {
      classes,
      samples: this.#samples.map(({ pixels, text, label }) => ({
        ...(pixels && { pixels }),
        ...(text.value.trim() !== "" && { text: text.value }),
        label: classes.indexOf(label.value.trim()),
      })),
    };
  }
}
