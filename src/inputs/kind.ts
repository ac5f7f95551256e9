/** @module The contract of inputs: all that the product has to know about one kind of encoder. */

import type { z } from "zod";

import type { Modality } from "../data/dataset.js";
import type { NetworkSettings } from "../model/config.js";
import type { InputNetwork } from "../model/inputs.js";
import type { ExamplePart, PublicInput } from "./exported.js";
import type { Encoder, Preparation, Prepared } from "./forms.js";
import type { QuestionInput } from "./question.js";

/** One modality of the training split, as a model takes it. */
export interface TrainingSide<M extends Modality> {
  readonly prepared: Prepared<M>;
  /** `[samples]`, 1 where the sample has the modality. */
  readonly present: Uint8Array;
  /** What a frozen encoder makes of the blank input, `[size]`, where the data are its features. */
  readonly blank?: Float32Array;
}

/** Where prepared samples go: into the model that is trained, or into the one that stands on its own. */
export type Use = "training" | "complete";

/** A model's input, and what its card says about it. */
export interface CompleteInput {
  readonly network: InputNetwork;
  /** As the kind's `card.schema` describes it. */
  readonly card: CardInput;
}

/** What a card says about an input: `type` names the kind. */
export interface CardInput {
  readonly type: string;
}

/** An input whose files are open, ready for the data of a run. */
export interface OpenInput<M extends Modality> {
  /** How samples become arrays; `null` where the data bring vectors in their place. */
  readonly preparation: Preparation<M> | null;
  /** The pretrained encoder that it is made of; default: none. */
  readonly encoder?: Encoder<M>;
  /** Whether the features of {@link encoder} are made once, ahead of training; default: no. */
  readonly isFrozen?: boolean;
  /** Files that state the preparation, for exported models; those that exist are copied. Default: none. */
  readonly files?: readonly string[];
  /**
   * Makes sure that the model of a run can be built, before the run costs anything; default: it can.
   *
   * @throws {UserError} where it cannot, with the way around.
   */
  check?(): Promise<void>;
  /**
   * Prepared samples of some splits as the model takes them; default: as they are. Frozen encoders' samples
   * are adapted for the complete model only: the one that is trained takes features.
   */
  adapt?(splits: readonly Prepared<M>[], use: Use): readonly Prepared<M>[];
  /** The input of the model that is trained. */
  trained(train: TrainingSide<M>): Promise<InputNetwork>;
  /** The input of the model that answers on its own, which takes prepared samples. */
  complete(train: TrainingSide<M>): Promise<CompleteInput>;
}

/** What an input depends on beside its own settings. */
export interface InputContext extends Pick<NetworkSettings, "finetune" | "standardise"> {
  /** Largest number of tokens of a text. */
  readonly maxTokens: number;
}

/** Schema of a card's part about an input; `type` names the kind. */
export type CardSchema = z.ZodObject<{ readonly type: z.ZodLiteral<string> }>;

/** What the card of an exported model says about an input, and what it means. */
export interface InputCard<M extends Modality, C extends CardSchema = CardSchema> {
  readonly schema: C;
  /**
   * Opens how questions are prepared; `null` where they bring vectors.
   *
   * @param folder - Holds the files that the input was exported with, see {@link OpenInput.files}.
   * @throws {UserError} where a file is missing or cannot be used.
   */
  prepare(card: z.infer<C>, folder: string): Promise<Preparation<M> | null>;
  /** Questions, prepared; `preparation` is that of {@link prepare}, or the run's own. */
  ask(card: z.infer<C>, preparation: Preparation<M> | null): QuestionInput<M>;
  /** Inputs of the exported model. */
  publicInput(card: z.infer<C>): PublicInput;
  /** How a program prepares the inputs. */
  example(card: z.infer<C>): ExamplePart;
  /** Contents of JSON files that state the preparation, by name; default: none. */
  files?(card: z.infer<C>): Readonly<Record<string, object>>;
  /** Fields of `config.json` beside the model; default: none. */
  config?(card: z.infer<C>): object;
}

/** Schema of a kind's settings; `type` is the kind's name. */
export type SettingsSchema = z.ZodObject<{ readonly type: z.ZodLiteral<string> }>;

/** One kind of encoder of one modality. */
export interface InputKind<
  M extends Modality,
  S extends SettingsSchema = SettingsSchema,
  C extends CardSchema = CardSchema,
> {
  readonly modality: M;
  /** Schema of `model.image` or `model.text`. */
  readonly settings: S;
  /** Whether its encoder, where it is frozen, makes features ahead of training; default: no. */
  readonly makesFeatures?: boolean;
  /**
   * Opens the files of an input.
   *
   * @throws {UserError} where a file is missing or cannot be used.
   */
  open(settings: z.infer<S>, context: InputContext): Promise<OpenInput<M>>;
  /** What exported models say about it. */
  readonly card: InputCard<M, C>;
}
