/** @module Whether a model can take the samples of a table or folder. */

import type { Modality } from "../../data/dataset.js";
import type { Assembly, Draft } from "../../data/drafts.js";
import { misreadColumns } from "../../data/fitness.js";
import { DataError, UserError } from "../../errors.js";
import { say, setting } from "../../message.js";
import type { CardInput } from "../../inputs/kind.js";
import type { ModelCard } from "../card.js";

/** Samples with what is known of all of them. */
interface Samples extends Pick<Assembly, "name" | "features" | "columns"> {
  readonly drafts: readonly Pick<Draft, Modality>[];
}

/** Of fewer filled cells none may be a picture that is there: they are answered from the rest. */
const TELLING = 20;

const NAMES = { image: "pictures", text: "texts" } as const;

/** Length of the vectors that an input takes; `null` where it encodes pictures or texts. */
const vectorLength = (input: CardInput): number | null =>
  input.type === "features" && "size" in input ? Number(input.size) : null;

function assertSide(side: Modality, samples: Samples, card: ModelCard): void {
  const { name, drafts, features } = samples;
  const [wanted, given] = [vectorLength(card[side]), features?.[side]];
  if (given !== undefined && wanted === null) {
    throw new UserError(
      say`The model encodes ${NAMES[side]} itself, and ${name} brings features of them.`,
      say`Leave out ${setting(`data.features.${side}`)}.`,
    );
  }
  if (given !== undefined && given !== wanted) {
    throw new UserError(
      `${name}: features of ${given} numbers, and the model was trained on ${side} features of ${wanted}.`,
      "Make them with the encoder that made those of the training data.",
    );
  }
  const has = (draft: Pick<Draft, Modality>): boolean => draft[side] !== null;
  if (wanted !== null && given === undefined && drafts.some(has)) {
    const other = side === "image" ? "text" : "image";
    throw new UserError(
      say`The model was trained on precomputed ${side} features; it cannot encode ${NAMES[side]}.`,
      say`Give the features with ${setting(`data.features.${side}`)}, or leave the ${NAMES[side]} out with ${setting("data.modalities", other)}.`,
    );
  }
}

/**
 * Checks that a model takes what samples bring, and that their columns could be read.
 *
 * @throws {UserError} for features where it takes pictures or texts, or the other way round.
 * @throws {DataError} where nearly no cell of a column gives a picture or a text.
 */
export function assertTakesAll(samples: Samples, card: ModelCard): void {
  const telling = (samples.columns ?? []).filter(({ filled }) => filled >= TELLING);
  const [misread] = misreadColumns(telling);
  if (misread) throw new DataError(say`${samples.name}: ${misread.reason}.`, misread.hint);
  for (const side of ["image", "text"] as const) assertSide(side, samples, card);
}
