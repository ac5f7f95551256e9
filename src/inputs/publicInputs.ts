/** @module Inputs of exported models under the names that users of Transformers.js know. */

import type { Graph } from "../graph/graph.js";
import { type BatchFeeds, FEEDS } from "../model/feeds.js";
import type { InputNetworks, ModelInputs } from "../model/inputs.js";
import type { HostTensor } from "../graph/hostTensor.js";
import { type CardInputs, ofInputs } from "./cards.js";

const inputsOf = (cards: CardInputs) => ofInputs(cards, (card, about) => card.publicInput(about));

/** Names of a model's inputs. */
export const publicNames = (cards: CardInputs): string[] =>
  inputsOf(cards).flatMap(({ names }) => names);

/** Declares a model's inputs under the public names. */
export function publicInputs(
  graph: Graph,
  cards: CardInputs,
  networks: InputNetworks,
): ModelInputs {
  const [image, text] = inputsOf(cards);
  return {
    image: image.declare(graph, networks.image),
    text: text.declare(graph, networks.text),
  };
}

/** A batch's pictures and texts under the public names. */
export function publicFeeds(inputs: BatchFeeds, cards: CardInputs): Record<string, HostTensor> {
  const [image, text] = inputsOf(cards);
  return { ...image.feeds(inputs[FEEDS.image]), ...text.feeds(inputs[FEEDS.text]) };
}
