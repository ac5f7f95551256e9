/** @module From what a source read to a data set: splits, class numbers, repeated samples. */

import { DataError } from "../errors.js";
import type { DataConfig } from "./config.js";
import type {
  ColumnYield,
  DataIssue,
  Dataset,
  Draw,
  ImageSource,
  Sample,
  SampleFeatures,
  Score,
  Split,
  LabelKind,
} from "./dataset.js";
import { IssueLog } from "./issues.js";
import { noteAbsentClasses } from "./labels/absent.js";
import { DEFAULT_SHARES, drawSplits, inFold, type SplitShares, type SplitUnit } from "./split.js";

/** A sample as a source gives it: labels by name, the split perhaps still to be drawn. */
export interface Draft {
  readonly id: string;
  /** File and line, or file. */
  readonly where: string;
  readonly image: ImageSource | null;
  readonly text: string | null;
  readonly features?: SampleFeatures;
  readonly labels: readonly string[];
  readonly split: Split | null;
  /** Samples of one group are never drawn into different splits. */
  readonly group?: string | undefined;
}

type Placed = Draft & { readonly split: Split };

/** What decides about splits and unknown labels. */
export type DraftOptions = Pick<DataConfig, "splitSeed" | "splits" | "onUnknownLabel"> & {
  readonly fold?: DataConfig["fold"];
};

/** Names of the groups of units that are drawn together. */
type Groups = ReadonlyMap<string, string>;

/** Which shares have to be drawn where a source gives some splits and not others. */
function missingShares(given: ReadonlySet<Split | null>): SplitShares {
  return {
    validation: given.has("validation") ? 0 : DEFAULT_SHARES.validation,
    test: given.has("test") ? 0 : DEFAULT_SHARES.test,
  };
}

const unitOf = (draft: Draft): string => draft.group ?? `${draft.id} ${draft.where}`;

/** The most frequent of some labels; of equally frequent ones the first by name. */
function commonest(labels: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const [first] = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return first![0];
}

/** Which drafts are drawn into which splits. */
interface OpenDrafts {
  readonly drafts: ReadonlySet<Draft>;
  readonly shares: SplitShares;
}

/** What a source gives stays; a validation or test split that it lacks is drawn from the training samples. */
function openDrafts(drafts: readonly Draft[]): OpenDrafts {
  const given = new Set(drafts.map(({ split }) => split));
  const drawAll = given.has(null);
  const shares = drawAll ? DEFAULT_SHARES : missingShares(given);
  const isOpen = drawAll || shares.validation + shares.test > 0;
  const open = drafts.filter(({ split }) => isOpen && (drawAll || split === "train"));
  return { drafts: new Set(open), shares };
}

/** Units of some drafts by their keys, each with the commonest label as its stratum. */
function unitsOf(
  drafts: Iterable<Draft>,
  keyOf: (draft: Draft) => string,
  groups: Groups,
): Map<string, SplitUnit> {
  const labels = new Map<string, string[]>();
  for (const draft of drafts) {
    const key = keyOf(draft);
    const label = draft.labels[0] ?? "";
    const known = labels.get(key);
    if (known && groups.has(key)) known.push(label);
    else labels.set(key, [label]);
  }
  return new Map([...labels].map(([key, own]) => [key, { key, stratum: commonest(own) }]));
}

/**
 * Splits of all drafts: drawn by seed, stratified by label, whole groups together; so is what validates in
 * a further fold.
 */
function placed(
  drafts: readonly Draft[],
  open: OpenDrafts,
  { splitSeed: seed, fold = 0 }: Pick<DraftOptions, "splitSeed" | "fold">,
  groups: Groups,
): Placed[] {
  const keyOf = (draft: Draft): string => groups.get(unitOf(draft)) ?? unitOf(draft);
  const drawn = drawSplits([...unitsOf(open.drafts, keyOf, groups).values()], seed, open.shares);
  const whole = drafts.map((draft) => ({
    ...draft,
    split: (open.drafts.has(draft) ? drawn.get(keyOf(draft)) : undefined) ?? draft.split ?? "train",
  }));
  if (fold === 0) return whole;
  const splits = new Map(whole.map((draft) => [keyOf(draft), draft.split]));
  const units = [...unitsOf(whole, keyOf, groups).values()].map((unit) => ({
    ...unit,
    split: splits.get(unit.key)!,
  }));
  const splitOf = inFold(units, seed, fold);
  return whole.map((draft) => ({ ...draft, split: splitOf(draft.split, keyOf(draft)) }));
}

const undecided = (draft: Draft): Draft => ({ ...draft, split: null });

const imageKey = (image: ImageSource | null): string =>
  image?.kind === "file" ? image.path : image?.kind === "deferred" ? image.identity : "";

const bytesOf = (image: ImageSource | null): Uint8Array =>
  image?.kind === "bytes" ? image.bytes : new Uint8Array();

/** Whether two drafts say the same, word for word. */
function isSame(one: Draft, other: Draft): boolean {
  const content = ({ image, text, features, labels, split }: Draft): string => {
    const own = [features?.image?.identity, features?.text?.identity];
    return JSON.stringify([imageKey(image), text, own, labels, split]);
  };
  return (
    content(one) === content(other) &&
    Buffer.compare(bytesOf(one.image), bytesOf(other.image)) === 0
  );
}

/** Leaves out samples that say the same again; names those that share an id and differ. */
function withoutRepeats(drafts: readonly Draft[], issues: IssueLog): Draft[] {
  const known = new Map<string, Draft>();
  return drafts.filter((draft) => {
    const { id, where } = draft;
    const before = known.get(id);
    known.set(id, draft);
    if (before === undefined) return true;
    if (isSame(before, draft)) {
      issues.skip("sample-repeated", where, `the sample "${id}" occurs again, word for word`);
      return false;
    }
    issues.add("id-repeated", where, `the id "${id}" occurs again with other content`, "kept");
    return true;
  });
}

/** Drops samples whose labels the training split lacks, and numbers the classes. */
function numbered(
  drafts: readonly Placed[],
  classes: readonly string[],
  issues: IssueLog,
  { onUnknownLabel }: DraftOptions,
): Sample[] {
  const numbers = new Map(classes.map((name, at) => [name, at]));
  return drafts.flatMap(({ id, where, image, text, features, labels, split }) => {
    const unknown = labels.find((label) => !numbers.has(label));
    if (unknown === undefined) {
      const own = labels.map((label) => numbers.get(label)!);
      return [{ id, image, text, split, labels: own, ...(features && { features }) }];
    }
    const message = `the label "${unknown}" does not occur in the training split`;
    if (onUnknownLabel === "stop") throw new DataError(`${where}: ${message}.`);
    issues.skip("label-unknown", where, message);
    return [];
  });
}

/** What a source knows of its data set beside the samples. */
export interface Assembly {
  readonly name: string;
  readonly labelKind: LabelKind;
  /** What the field judges the data by, where it is not the usual score of its kind of labels. */
  readonly score?: Score;
  readonly drafts: readonly Draft[];
  readonly issues: IssueLog;
  /** Classes in the order of the source; default: as their names are sorted. */
  readonly order?: readonly string[];
  /** Lengths of the samples' own features. */
  readonly features?: Dataset["features"];
  /** What the filled cells of a table's columns gave. */
  readonly columns?: readonly ColumnYield[];
  /** Where the data came from, for people. */
  readonly origin: string;
  readonly attribution?: string;
}

/** Classes of the training split: in the source's order, or sorted. */
function classesOf(
  training: readonly Placed[],
  { order, name }: Assembly,
  issues: IssueLog,
): string[] {
  const present = new Set(training.flatMap(({ labels }) => labels));
  if (!order) return [...present].sort();
  const absent = order.filter((one) => !present.has(one));
  if (absent.length > 0) {
    const message = `no training sample has ${absent.map((one) => `"${one}"`).join(", ")}, which ${absent.length === 1 ? "is no class" : "are no classes"} of the model`;
    issues.add("class-untrained", name, message, "noted");
  }
  return order.filter((one) => present.has(one));
}

/**
 * Makes a data set of a source's drafts. Classes are the labels of the training split, in order.
 *
 * @throws {DataError} at an unknown label where the user chose to stop.
 */
export function assembleDataset(assembly: Assembly, options: DraftOptions): Dataset {
  const { issues: met, name, labelKind, score, features, columns, origin, attribution } = assembly;
  const read = options.splits === "draw" ? assembly.drafts.map(undecided) : assembly.drafts;
  const drafts = withoutRepeats(read, met);
  const open = openDrafts(drafts);
  const again = (groups: Groups, notes: readonly DataIssue[]): Dataset => {
    const issues = new IssueLog();
    const complete = placed(drafts, open, options, groups);
    const training = complete.filter(({ split }) => split === "train");
    const classes = classesOf(training, assembly, issues);
    const samples = numbered(complete, classes, issues, options);
    noteAbsentClasses({ name, classes, samples }, issues);
    return {
      ...{ name, labelKind, origin, classes, samples },
      issues: [...met.issues, ...notes, ...issues.issues],
      ...(score && { score }),
      ...(features && { features }),
      ...(columns && { columns }),
      ...(attribution !== undefined && { attribution }),
      draw,
    };
  };
  const draw: Draw = {
    samples: drafts.map((draft) => ({
      ...{ image: draft.image, text: draft.text },
      unit: open.drafts.has(draft) ? unitOf(draft) : null,
    })),
    again,
  };
  return again(new Map(), []);
}
