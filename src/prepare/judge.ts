/** @module Which prepared samples are used, and with what: pictures and texts that cannot be used are counted and named. */

import { cellExcerpt } from "../data/cells/tally.js";
import type { DataIssue, Modality, OnBad, Sample } from "../data/dataset.js";
import { DataError } from "../errors.js";
import { type Message, say, setting, type Text } from "../message.js";
import type { ShardRow } from "./rows.js";
import type { PictureState } from "./shard.js";
import { words } from "./text.js";
import { placeOf, YieldCounter } from "./yields.js";

/** What was found out about one sample. */
export interface SampleFacts {
  readonly sample: Sample;
  readonly picture: PictureState;
  /** Whether there is a usable picture, or features that stand for it. */
  readonly imagePresent: boolean;
  /** Whether there is a text that says something, or features that stand for it. */
  readonly textPresent: boolean;
}

/** A sample that is used, and access to what was prepared of it. */
export interface PreparedSample extends SampleFacts, ShardRow<Sample> {}

/** How to go on after a picture or text that cannot be used. */
const GO_ON: Readonly<Record<Modality, Message>> = {
  image: say`Fix the file, or continue with ${setting("data.onBad", "missing")} (use the text alone) or ${setting("data.onBad", "skip")}.`,
  text: say`Fix the text, or continue with ${setting("data.onBad", "missing")} (use the image alone) or ${setting("data.onBad", "skip")}.`,
};

/** Decides about samples whose picture or text cannot be used, and counts them. */
export class SampleJudge {
  readonly issues: DataIssue[] = [];
  readonly counter = new YieldCounter();

  constructor(readonly onBad: OnBad) {}

  /** A sample with what can be used of it; `null` means that it is skipped. */
  judge({ sample, entry, pixels }: ShardRow<Sample>): PreparedSample | null {
    const { picture, tokens, truncated } = entry;
    const own = sample.features ?? {};
    const isImageLost = picture.kind === "unusable" && this.#lose("image", sample, picture.reason);
    if (picture.kind === "decoded") {
      this.counter.count("image", sample, null);
      if (picture.note !== undefined) {
        const message = `the image has no plain range: ${picture.note}`;
        this.#note("image-rescaled", placeOf(sample), message, "kept");
      }
    }
    let isTextLost = false;
    if (own.text === undefined && sample.text !== null) {
      if (tokens.length > 0) this.counter.count("text", sample, null);
      else {
        const what = words(sample.text).length > 0 ? "known word" : "word";
        isTextLost = this.#lose("text", sample, `the text has no ${what}`);
      }
      if (truncated) {
        const message = `the text has ${sample.text.length} characters; its first ${tokens.length} tokens are used`;
        this.#note("text-truncated", sample.id, message, "kept");
      }
    }
    if (this.onBad === "skip" && (isImageLost || isTextLost)) return null;
    const imagePresent = own.image === undefined ? picture.kind === "decoded" : own.image !== null;
    const textPresent = own.text === undefined ? tokens.length > 0 : own.text !== null;
    if (!imagePresent && !textPresent) {
      const message = "neither a usable image nor a text";
      this.#note("sample-empty", sample.id, message, "sample-skipped");
      return null;
    }
    this.counter.countTraining(sample, { image: imagePresent, text: textPresent });
    return { sample, picture, imagePresent, textPresent, entry, pixels };
  }

  /** Counts and names a picture or text that cannot be used. */
  #lose(side: Modality, sample: Sample, reason: string): true {
    this.counter.count(side, sample, reason);
    const where = placeOf(sample);
    const message = side === "text" ? `"${cellExcerpt(sample.text)}": ${reason}` : reason;
    if (this.onBad === "stop") throw new DataError(`${where}: ${message}.`, GO_ON[side]);
    const outcome = this.onBad === "skip" ? "sample-skipped" : "modality-missing";
    this.#note(`${side}-unusable`, where, message, outcome);
    return true;
  }

  #note(kind: string, where: string, message: Text, outcome: DataIssue["outcome"]): void {
    this.issues.push({ kind, where, message, outcome });
  }
}
