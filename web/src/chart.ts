/** @module Line charts and the strip of conflicts, which grow while a model trains. */

import { el, svg } from "./dom.js";

const WIDTH = 320;
const HEIGHT = 90;
/** Points of a line; more cannot be told apart. */
const MOST_POINTS = 240;
/** Share of the past in a smoothed value. */
const SMOOTHING = 0.85;

/** A line of a chart: its class in the style sheet, and what it shows. */
export interface Series {
  readonly look: "picture" | "text" | "both";
  readonly label: string;
  readonly metric: string;
}

/** A chart of some metrics over the steps, smoothed. */
export class LineChart {
  readonly element: HTMLElement;
  readonly #series: readonly Series[];
  readonly #lines: readonly SVGPolylineElement[];
  readonly #top = el("span");
  readonly #end = el("span");
  readonly #fixedTop: number | undefined;
  #values: number[][] = [];
  #smooth: number[] = [];

  /** @param fixedTop - Largest value of the axis; default: that of the values. */
  constructor(title: string, series: readonly Series[], fixedTop?: number) {
    this.#series = series;
    this.#fixedTop = fixedTop;
    this.#lines = series.map(({ look }) => svg("polyline", { class: `line ${look}` }));
    const drawing = svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title },
      svg("line", { class: "axis", x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT }),
      ...this.#lines,
    );
    const legend = series.map(({ look, label }) => el("li", { class: look }, label));
    this.element = el(
      "div",
      {},
      el("h3", {}, title),
      el("div", { class: "scale" }, this.#top),
      drawing,
      el("div", { class: "scale" }, el("ul", { class: "legend" }, ...legend), this.#end),
    );
    this.clear();
  }

  /** Largest smoothed value so far. */
  get largest(): number {
    return Math.max(0, ...this.#values.flat());
  }

  clear(): void {
    this.#values = this.#series.map(() => []);
    this.#smooth = [];
  }

  add(record: Readonly<Record<string, number>>): void {
    this.#series.forEach(({ metric }, at) => {
      const value = record[metric];
      if (value === undefined) return;
      const before = this.#smooth[at] ?? value;
      this.#smooth[at] = SMOOTHING * before + (1 - SMOOTHING) * value;
      this.#values[at]!.push(this.#smooth[at]);
    });
  }

  /**
   * Draws what was added.
   *
   * @param steps - Steps that the axis is for.
   * @param top - Largest value of the axis, where it is not fixed: that of both models, so that they compare.
   */
  draw(steps: number, top: number): void {
    const highest = this.#fixedTop ?? (top || 1);
    this.#top.textContent = steps > 0 ? String(Number(highest.toFixed(1))) : "";
    this.#end.textContent = steps > 0 ? `step ${steps}` : "";
    this.#values.forEach((values, at) => {
      const stride = Math.max(1, Math.ceil(values.length / MOST_POINTS));
      const points = values.flatMap((value, step) => {
        if (step % stride > 0 && step < values.length - 1) return [];
        const x = (WIDTH * step) / Math.max(1, steps - 1);
        return [`${x.toFixed(1)},${(HEIGHT - (HEIGHT * value) / highest).toFixed(1)}`];
      });
      this.#lines[at]!.setAttribute("points", points.join(" "));
    });
  }
}

const STRIP_HEIGHT = 16;

/** Heading of the strip. */
export const CONFLICT_TITLE = "Steps in which gradients conflict";

/** A strip with a mark at each step whose gradients are in conflict. */
export class ConflictStrip {
  readonly element: HTMLElement;
  readonly #marks = svg("g", { class: "strip" });
  readonly #note = el("p", { class: "small soft" });
  #steps: boolean[] = [];

  constructor() {
    this.element = el(
      "div",
      {},
      el("h3", {}, CONFLICT_TITLE),
      svg(
        "svg",
        { viewBox: `0 0 ${WIDTH} ${STRIP_HEIGHT}`, "aria-hidden": "true" },
        svg("line", {
          ...{ class: "axis", x1: 0, x2: WIDTH, y1: STRIP_HEIGHT, y2: STRIP_HEIGHT },
        }),
        this.#marks,
      ),
      this.#note,
    );
  }

  clear(): void {
    this.#steps = [];
    this.#marks.replaceChildren();
    this.#note.textContent = "";
  }

  add({ conflict = 0 }: Readonly<Record<string, number>>): void {
    this.#steps.push(conflict === 1);
  }

  draw(total: number): void {
    const width = WIDTH / Math.max(1, total);
    for (let at = this.#marks.childElementCount; at < this.#steps.length; at++) {
      const x = (at * width).toFixed(1);
      const height = this.#steps[at] ? STRIP_HEIGHT : 0;
      this.#marks.append(svg("rect", { x, width: Math.max(0.6, width * 0.8).toFixed(2), height }));
    }
    const share = this.#steps.filter(Boolean).length / Math.max(1, this.#steps.length);
    this.#note.textContent =
      this.#steps.length > 0
        ? `In ${Math.round(100 * share)} % of the steps so far; there the task's gradient is projected.`
        : "";
  }
}
