/** @module Whether a state that a training is to continue from is that of its model. */

import { UserError } from "../errors.js";
import type { HostTensor } from "../graph/hostTensor.js";

/** @throws {UserError} where a state is of another model. */
export function checkFits(
  name: string,
  { shape }: HostTensor,
  given: HostTensor | undefined,
): asserts given is HostTensor {
  const said = given ? `[${given.shape.join(", ")}]` : "missing";
  if (given && said === `[${shape.join(", ")}]`) return;
  throw new UserError(
    `The state to continue from is of another model: "${name}" is ${said}, expected [${shape.join(", ")}].`,
    "Were the settings of the run changed after it began? Restore them, or train again into a new folder.",
  );
}
