/** @module Counts what decoding gives of a data set's pictures and texts. */

import { CellTally } from "../data/cells/tally.js";
import type { Modality, Sample } from "../data/dataset.js";
import type { SideYield, Yields } from "../data/fitness.js";

/** Where a sample's trouble is: its name, and the file of its picture. */
export const placeOf = ({ id, image }: Sample): string =>
  image?.kind === "file" ? `${id} (${image.path})` : id;

/** Counts samples as they are prepared; those that are skipped for what they lack count too. */
export class YieldCounter {
  readonly #image = new CellTally();
  readonly #text = new CellTally();
  readonly #training = { image: 0, text: 0 };

  /** Counts a picture or text that was given. */
  count(side: Modality, sample: Sample, problem: string | null): void {
    const tally = side === "image" ? this.#image : this.#text;
    if (problem === null) tally.gain();
    else tally.lose(problem, placeOf(sample), side === "image" ? "" : sample.text);
  }

  /** Counts a sample that is used. */
  countTraining({ split }: Sample, present: Readonly<Record<Modality, boolean>>): void {
    if (split !== "train") return;
    if (present.image) this.#training.image++;
    if (present.text) this.#training.text++;
  }

  /** What was counted. */
  get yields(): Yields {
    const of = (tally: CellTally): SideYield => {
      const { filled, usable, losses } = tally.counts();
      return { given: filled, usable, losses };
    };
    return { image: of(this.#image), text: of(this.#text), training: { ...this.#training } };
  }
}
