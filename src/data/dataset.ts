/** @module What every data source delivers: samples with an image, a text or both, and labels. */

import type { Text } from "../message.js";

/** One of the two inputs of a sample. */
export type Modality = "image" | "text";

/** Which of the inputs are used: both, or one alone. */
export type Modalities = "both" | Modality;

/** Part of the data a sample belongs to. Models are selected on `validation` and never on `test`. */
export type Split = "train" | "validation" | "test";

/** All splits, in the order in which they are reported. */
export const SPLITS: readonly Split[] = ["train", "validation", "test"];

/** `single-label`: exactly one class per sample; `multi-label`: any number of classes. */
export const LABEL_KINDS = ["single-label", "multi-label"] as const;

/** One of {@link LABEL_KINDS}. */
export type LabelKind = (typeof LABEL_KINDS)[number];

/** Scores that a model can be judged by: accuracy, F1 averaged over classes, area under the ROC curve. */
export const SCORES = ["accuracy", "macroF1", "auroc"] as const;

/** One of {@link SCORES}. */
export type Score = (typeof SCORES)[number];

/** Where a picture comes from. It is decoded late, off the main thread, by `encode/image`. */
export type ImageSource =
  | {
      readonly kind: "file";
      readonly path: string;
      /** Folder that the file must lie in, links followed. */
      readonly root?: string;
    }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** Decoded pixels, RGB interleaved, `width * height * 3` bytes. */
  | {
      readonly kind: "pixels";
      readonly pixels: Uint8Array;
      readonly width: number;
      readonly height: number;
    }
  | DeferredImage;

/** A picture inside a larger file, read only when it is decoded. */
export interface DeferredImage {
  readonly kind: "deferred";
  /** Changes whenever the picture may have changed. */
  readonly identity: string;
  /** @throws {DataError} where there is no picture. */
  readonly load: () => Promise<ImageSource>;
}

/** A precomputed feature vector, which stands for a picture or a text. */
export interface FeatureSource {
  /** Changes whenever the vector may have changed. */
  readonly identity: string;
  /** The vector; nobody may write to it. */
  readonly row: () => Float32Array;
}

/** A sample's own features; `null` where the modality is absent. */
export interface SampleFeatures {
  readonly image?: FeatureSource | null;
  readonly text?: FeatureSource | null;
}

/** One sample. `image` or `text` is `null` where the modality is absent. */
export interface Sample {
  readonly id: string;
  readonly image: ImageSource | null;
  readonly text: string | null;
  /** Features that stand for the picture or the text, of the lengths that the data set says. */
  readonly features?: SampleFeatures;
  /** Indices into the data set's `classes`; exactly one for single-label data. */
  readonly labels: readonly number[];
  readonly split: Split;
}

/** Something wrong with a sample, a row or the data: it was skipped, or lost a modality, or is only suspect. */
export interface DataIssue {
  /** Stable name of the kind of issue, e.g. `image-missing-file`, `image-broken`, `label-unknown`. */
  readonly kind: string;
  /** Where: `file:line` or the sample's id. */
  readonly where: string;
  /** What was wrong, one sentence without the place. */
  readonly message: Text;
  /** What was done about it; `noted` is about the data as a whole, not about one sample. */
  readonly outcome: "sample-skipped" | "modality-missing" | "kept" | "noted";
}

/** What to do with a sample whose image or text cannot be used. */
export type OnBad = "skip" | "stop" | "missing";

/** A sample before splits are drawn. */
export interface DrawnSample extends Pick<Sample, "image" | "text"> {
  /** What is drawn into a split as a whole; `null` where the data give the split. */
  readonly unit: string | null;
}

/** How the splits of a data set were drawn, so that they can be drawn again. */
export interface Draw {
  /** All samples that were read, those that no class takes among them, in the data's order. */
  readonly samples: readonly DrawnSample[];
  /**
   * Draws again, by the same seed; classes of which no unit is grouped keep their draw.
   *
   * @param groups - Name of the group of every unit that must stay with others.
   * @param issues - What is to be said about it.
   */
  readonly again: (groups: ReadonlyMap<string, string>, issues: readonly DataIssue[]) => Dataset;
}

/** Cells that gave nothing for one reason. */
export interface CellLoss {
  /** Why, as a clause: `there is no such file`. */
  readonly reason: string;
  readonly cells: number;
  /** The first of them: file and line, and what is in it, cut short. */
  readonly first: { readonly where: string; readonly given: string };
}

/** What the filled cells of one column gave while they were read. */
export interface ColumnYield {
  readonly side: Modality;
  readonly table: string;
  readonly column: string;
  readonly filled: number;
  /** Cells that gave a text, or a picture that is still to be decoded. */
  readonly usable: number;
  /** What else than plain paths or texts cells held that gave something, such as `data address`. */
  readonly forms: readonly { readonly form: string; readonly cells: number }[];
  /** The most frequent reason first. */
  readonly losses: readonly CellLoss[];
  /** How the cells that gave nothing could give something. */
  readonly hint?: Text;
}

/** A data set with its samples in all splits. */
export interface Dataset {
  readonly name: string;
  readonly labelKind: LabelKind;
  /** Class names; a label is an index into this list. */
  readonly classes: readonly string[];
  readonly samples: readonly Sample[];
  /** Issues met while reading; never silently dropped. */
  readonly issues: readonly DataIssue[];
  /** Which inputs are used, where not both are. */
  readonly modalities?: Modalities;
  /** What the filled cells of a table's picture and text columns gave. */
  readonly columns?: readonly ColumnYield[];
  /** What the field judges these data by, where it is not the usual score of its kind of labels. */
  readonly score?: Score;
  /** Lengths of the samples' own features, for the modalities that have them. */
  readonly features?: { readonly image?: number; readonly text?: number };
  /** What the data were read from, for people. */
  readonly origin?: string;
  /** Who made the data and under which licence, where it must be said. */
  readonly attribution?: string;
  /** How its splits were drawn; absent where the split is part of what the data are. */
  readonly draw?: Draw;
}

/** Samples of one split, in the data set's order. */
export function samplesOf(dataset: Dataset, split: Split): readonly Sample[] {
  return dataset.samples.filter((sample) => sample.split === split);
}

/** What a data set is judged by: its own score, else macro-F1 for multi-label data and accuracy. */
export const scoreOf = ({ score, labelKind }: Pick<Dataset, "score" | "labelKind">): Score =>
  score ?? (labelKind === "multi-label" ? "macroF1" : "accuracy");
