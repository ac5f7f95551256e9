/** @module A small picture that people draw, pixel by pixel, and its form in an address. */

/** Colours of the pen, the ground first. */
export const COLOURS = [
  ...["#ffffff", "#1f1e1b", "#d23f31", "#f2b134"],
  ...["#3e8e41", "#2f6fb5", "#8a5a3b", "#f3a6b5"],
] as const;

/** A drawing: a colour for each pixel, row by row. */
export class Drawing {
  readonly side: number;
  readonly #pixels: Uint8Array;

  private constructor(side: number, pixels: Uint8Array) {
    this.side = side;
    this.#pixels = pixels;
  }

  static empty = (side: number): Drawing => new Drawing(side, new Uint8Array(side * side));

  /**
   * Reads a drawing: runs of one colour, each a digit for the colour and its length in base 36 as a letter or two.
   *
   * @returns `null` where it is none.
   */
  static read(written: string, side: number): Drawing | null {
    const pixels = new Uint8Array(side * side);
    let at = 0;
    for (const run of written.split("-")) {
      const [colour, length] = [Number(run[0]), parseInt(run.slice(1), 36)];
      if (!(colour < COLOURS.length && length > 0 && at + length <= pixels.length)) return null;
      pixels.fill(colour, at, at + length);
      at += length;
    }
    return at === pixels.length ? new Drawing(side, pixels) : null;
  }

  /** The drawing for an address, see {@link read}. */
  get written(): string {
    const runs: string[] = [];
    for (let at = 0; at < this.#pixels.length;) {
      let end = at;
      while (this.#pixels[end] === this.#pixels[at] && end < this.#pixels.length) end++;
      runs.push(`${this.#pixels[at]!}${(end - at).toString(36)}`);
      at = end;
    }
    return runs.join("-");
  }

  /** Paints a dot of three by three pixels. */
  dot(x: number, y: number, colour: number): void {
    for (let row = y - 1; row <= y + 1; row++) {
      for (let column = x - 1; column <= x + 1; column++) {
        const isInside = Math.min(row, column) >= 0 && Math.max(row, column) < this.side;
        if (isInside) this.#pixels[row * this.side + column] = colour;
      }
    }
  }

  /** Paints a line. */
  stroke(from: readonly [number, number], to: readonly [number, number], colour: number): void {
    const steps = Math.max(1, Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]));
    for (let step = 0; step <= steps; step++) {
      const [x, y] = [0, 1].map((axis) =>
        Math.round(from[axis]! + ((to[axis]! - from[axis]!) * step) / steps),
      );
      this.dot(x!, y!, colour);
    }
  }

  /** Draws it on a canvas of its size. */
  paint(context: CanvasRenderingContext2D): void {
    this.#pixels.forEach((colour, at) => {
      context.fillStyle = COLOURS[colour]!;
      context.fillRect(at % this.side, Math.floor(at / this.side), 1, 1);
    });
  }
}
