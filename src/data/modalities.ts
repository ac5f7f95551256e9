/** @module Data of which one modality alone is used. */

import { ConfigError } from "../errors.js";
import { say, setting } from "../message.js";
import type { DataSettings } from "./config.js";
import type { Dataset, Modalities, Modality, Sample } from "./dataset.js";

/** The modality that is not used, if one is not. */
export const unusedSide = (modalities: Modalities): Modality | null =>
  modalities === "both" ? null : modalities === "image" ? "text" : "image";

/**
 * Refuses settings of a modality that is not to be used: they would have no effect.
 *
 * @throws {ConfigError} naming the setting.
 */
export function refuseUnused({ modalities, columns, features, images }: DataSettings): void {
  const side = unusedSide(modalities);
  if (side === null) return;
  const given = {
    [`data.columns.${side}`]: columns?.[side],
    [`data.features.${side}`]: features?.[side],
    ...(side === "image" && { "data.images": images }),
  };
  const [idle] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
  if (idle === undefined) return;
  throw new ConfigError(
    say`${setting(idle)} has no effect with ${setting("data.modalities", modalities)}: leave one of them out.`,
  );
}

/** A data set without one modality: nothing of it is decoded. */
export function withoutSide(dataset: Dataset, modalities: Modalities): Dataset {
  const side = unusedSide(modalities);
  if (side === null) return dataset;
  const { features, columns, issues, origin, draw, ...rest } = dataset;
  const stripped = (sample: Sample): Sample => {
    const { features: own, ...about } = { ...sample, [side]: null };
    const vector = own?.[modalities as Modality];
    return vector === undefined ? about : { ...about, features: { [modalities]: vector } };
  };
  const size = features?.[modalities as Modality];
  return {
    ...rest,
    modalities,
    samples: dataset.samples.map(stripped),
    // Trouble with what is not used is none.
    issues: issues.filter(({ kind }) => !new RegExp(`^${side}s?-`).test(kind)),
    ...(features && { features: size === undefined ? {} : { [modalities]: size } }),
    ...(columns && { columns: columns.filter((column) => column.side !== side) }),
    origin: `${origin ?? dataset.name}; ${modalities}s alone`,
    ...(draw && {
      draw: {
        samples: draw.samples.map((sample) => ({ ...sample, [side]: null })),
        again: (...grouped) => withoutSide(draw.again(...grouped), modalities),
      },
    }),
  };
}
