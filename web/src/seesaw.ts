/** @module The see-saw: picture and text on a beam, which dips to the side that has learned more. */

import { el, svg } from "./dom.js";

const WIDTH = 320;
const HEIGHT = 132;
const HALF = 112;
const STEEPEST = 17;
/** Share of the past in the balance that is shown. */
const SMOOTHING = 0.85;

function seat(side: "picture" | "text", x: number): SVGGElement {
  return svg(
    "g",
    {},
    svg("rect", {
      ...{ class: `fill-${side}`, x: x - 34, y: -31, width: 68, height: 28, rx: 6 },
    }),
    svg("text", { class: "on", x, y: -12, "text-anchor": "middle" }, side),
  );
}

/** A see-saw for one model. */
export class Seesaw {
  readonly element: HTMLElement;
  readonly #tilt = svg("g", { class: "tilt" });
  readonly #note = el("p", { class: "small soft" }, "Level: nothing is learned yet.");
  #balance: number | null = null;

  constructor() {
    this.#tilt.append(
      svg("line", { class: "beam", x1: -HALF, x2: HALF, y1: 0, y2: 0 }),
      ...[seat("picture", -HALF + 34), seat("text", HALF - 34)],
    );
    const [x, y] = [WIDTH / 2, 78];
    this.element = el(
      "div",
      {},
      svg(
        "svg",
        {
          class: "seesaw",
          viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
          role: "img",
          "aria-label": "See-saw of the modalities",
        },
        svg("path", { class: "pivot", d: `M${x} ${y + 2}l-16 34h32z` }),
        svg("g", { transform: `translate(${x} ${y})` }, this.#tilt),
      ),
      this.#note,
    );
  }

  clear(): void {
    this.#balance = null;
    this.#tilt.setAttribute("transform", "rotate(0)");
    this.#note.textContent = "Level: nothing is learned yet.";
  }

  /** Adds a step: the lower a head's loss, the more its modality has learned. */
  add(record: Readonly<Record<string, number>>): void {
    const [image, text] = [record["loss.image"]!, record["loss.text"]!];
    const now = (image - text) / (image + text);
    this.#balance = SMOOTHING * (this.#balance ?? 0) + (1 - SMOOTHING) * now;
  }

  draw(): void {
    if (this.#balance === null) return;
    this.#tilt.setAttribute("transform", `rotate(${(STEEPEST * this.#balance).toFixed(2)})`);
    const lead = Math.abs(this.#balance);
    const [ahead, behind] = this.#balance > 0 ? ["text", "picture"] : ["picture", "text"];
    const times = ((1 + lead) / Math.max(1e-3, 1 - lead)).toFixed(1);
    this.#note.textContent =
      lead < 0.05
        ? "Level: both modalities have learned as much."
        : `The ${ahead} is ahead: the ${behind}'s loss is ${times} times as large.`;
  }
}
