/** @module The picture that the models are asked about: an emoji or a drawing, whole, blurred or blank. */

import { button, el, svg } from "./dom.js";
import { COLOURS, Drawing } from "./drawing.js";
import type { State, Store } from "./state.js";

/** The pixel that stands for a missing picture. */
const BLANK = "#808080";
const BLUR = "blur(2.5px)";

const LABELS: Readonly<Record<State["picture"], string>> = {
  given: "As it is",
  blurred: "Blurred",
  blank: "Blank",
};

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Shows the picture, and lets people draw another one with the pointer or the arrow keys. */
export class PicturePad {
  readonly element: HTMLElement;
  readonly #store: Store;
  readonly #side: number;
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #source: HTMLCanvasElement;
  readonly #palette: HTMLElement;
  readonly #pictures: ReadonlyMap<State["picture"], HTMLButtonElement>;
  readonly #pen: HTMLButtonElement;
  #drawing: Drawing | null = null;
  #isDrawing = false;
  #colour = 1;
  #cursor: [number, number];
  #emoji: HTMLCanvasElement | null = null;

  constructor(store: Store, side: number) {
    this.#store = store;
    this.#side = side;
    this.#cursor = [side / 2, side / 2];
    this.#canvas = el("canvas", { class: "pad", width: side, height: side, tabindex: 0 });
    this.#context = this.#canvas.getContext("2d", { willReadFrequently: true })!;
    this.#source = el("canvas", { width: side, height: side });
    this.#pictures = new Map(
      (["given", "blurred", "blank"] as const).map((picture) => [
        picture,
        button(LABELS[picture], () => {
          store.change({ picture });
        }),
      ]),
    );
    this.#pen = button("Draw", () => {
      this.#isDrawing = !this.#isDrawing;
      this.show(this.#store.state, this.#emoji);
    });
    this.#palette = this.#paletteOf();
    this.element = el(
      "div",
      {},
      ...[this.#canvas, el("div", { class: "choices" }, ...this.#pictures.values(), this.#pen)],
      this.#palette,
    );
    this.#listen();
  }

  /** The picture as the models get it; `null`: blank. */
  get picture(): HTMLCanvasElement | null {
    return this.#store.state.picture === "blank" ? null : this.#source;
  }

  /** Shows a state. */
  show({ picture, drawing }: State, emoji: HTMLCanvasElement | null): void {
    this.#emoji = emoji;
    if ((this.#drawing?.written ?? "") !== drawing) {
      this.#drawing = drawing === "" ? null : Drawing.read(drawing, this.#side);
    }
    for (const [name, control] of this.#pictures) {
      control.setAttribute("aria-pressed", String(name === picture));
    }
    this.#pen.setAttribute("aria-pressed", String(this.#isDrawing));
    this.#palette.hidden = !this.#isDrawing;
    this.#canvas.toggleAttribute("data-draws", this.#isDrawing);
    const what = this.#drawing ? "your drawing" : "the emoji";
    const how = this.#isDrawing ? "; arrow keys move the pen, space paints" : "";
    this.#canvas.setAttribute("aria-label", `The picture: ${what}, ${LABELS[picture]}${how}`);
    this.#canvas.setAttribute("role", "img");
    this.#paint(picture);
  }

  #paint(picture: State["picture"]): void {
    const side = this.#side;
    const source = this.#source.getContext("2d", { willReadFrequently: true })!;
    source.filter = picture === "blurred" ? BLUR : "none";
    source.fillStyle = "#fff";
    source.fillRect(0, 0, side, side);
    if (this.#drawing) {
      this.#drawing.paint(this.#context);
      source.drawImage(this.#canvas, 0, 0);
    } else if (this.#emoji) source.drawImage(this.#emoji, 0, 0);
    this.#context.drawImage(this.#source, 0, 0);
    if (picture === "blank") {
      this.#context.fillStyle = BLANK;
      this.#context.fillRect(0, 0, side, side);
    }
    if (this.#isDrawing && document.activeElement === this.#canvas) {
      this.#context.fillStyle = COLOURS[this.#colour]!;
      this.#context.fillRect(this.#cursor[0], this.#cursor[1], 1, 1);
    }
  }

  #paletteOf(): HTMLElement {
    const names = ["white", "black", "red", "yellow", "green", "blue", "brown", "pink"];
    const swatches = COLOURS.map((colour, at) => {
      const swatch = button("", () => {
        this.#colour = at;
        for (const other of swatches) {
          other.setAttribute("aria-pressed", String(other === swatch));
        }
      });
      swatch.className = "swatch";
      swatch.setAttribute("aria-label", names[at]!);
      swatch.setAttribute("aria-pressed", String(at === this.#colour));
      swatch.append(
        svg(
          "svg",
          { viewBox: "0 0 10 10", "aria-hidden": "true" },
          svg("circle", { cx: 5, cy: 5, r: 4.5, fill: colour, stroke: "#8886", "stroke-width": 1 }),
        ),
      );
      return swatch;
    });
    const clear = button("White sheet", () => {
      this.#drawing = Drawing.empty(this.#side);
      this.#keep();
    });
    const back = button("Emoji again", () => {
      this.#isDrawing = false;
      this.#store.change({ drawing: "" });
    });
    return el("div", { class: "choices", hidden: true }, ...swatches, clear, back);
  }

  #keep(): void {
    this.#store.change({ drawing: this.#drawing!.written, picture: "given" });
  }

  /** Draws from one pixel to another, on a white sheet at first. */
  #stroke(from: readonly [number, number], to: readonly [number, number]): void {
    this.#drawing ??= Drawing.empty(this.#side);
    this.#drawing.stroke(from, to, this.#colour);
    this.#paint("given");
  }

  #listen(): void {
    const canvas = this.#canvas;
    let last: [number, number] | null = null;
    const place = (event: PointerEvent): [number, number] => {
      const { left, top, width, height } = canvas.getBoundingClientRect();
      const across = ((event.clientX - left) / width) * this.#side;
      return [Math.floor(across), Math.floor(((event.clientY - top) / height) * this.#side)];
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (!this.#isDrawing) return;
      canvas.setPointerCapture(event.pointerId);
      last = place(event);
      this.#stroke(last, last);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!last) return;
      const next = place(event);
      this.#stroke(last, next);
      last = next;
    });
    canvas.addEventListener("pointerup", () => {
      if (!last) return;
      last = null;
      this.#keep();
    });
    canvas.addEventListener("keydown", (event) => {
      if (!this.#isDrawing) return;
      const arrow = ARROWS[event.key];
      if (arrow) {
        const within = (at: number): number => Math.max(0, Math.min(this.#side - 1, at));
        this.#cursor = [within(this.#cursor[0] + arrow[0]), within(this.#cursor[1] + arrow[1])];
        this.#paint(this.#store.state.picture);
      } else if (event.key === " ") {
        this.#stroke(this.#cursor, this.#cursor);
        this.#keep();
      } else return;
      event.preventDefault();
    });
  }
}
