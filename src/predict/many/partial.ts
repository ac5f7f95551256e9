/** @module Answers on their way into a file: kept in a folder beside it, published as a whole, continued after a stop. */

import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";

import { z } from "zod";

import { UserError } from "../../errors.js";
import { assertFilePlace } from "../../files/writable.js";
import { writeFileAtomic } from "../../files/atomic.js";
import { readSealed, sealed, type SealedKind } from "../../files/sealed.js";
import { exists, makeFolder, statOf, workingOn } from "../../system.js";
import { emptyTally, type Tally, tallySchema } from "./tally.js";

/** How far the work is. */
export interface Progress {
  /** Samples that are done. */
  readonly done: number;
  readonly tally: Tally;
}

interface State extends Progress {
  /** Digest of all that decides about the answers. */
  readonly key: string;
  /** Length of what is written of the samples that are done. */
  readonly bytes: number;
}

const STATE: SealedKind<State> = {
  what: "how far a prediction of many samples is",
  format: 1,
  schema: z.strictObject({
    key: z.string(),
    done: z.int().min(0),
    bytes: z.int().min(0),
    tally: tallySchema,
  }),
  hint: "Delete the folder that it is in, and begin again.",
};

/** The folder in which the answers are kept until they are whole. */
export const partialFolder = (out: string): string => `${out}.part`;

/**
 * Checks that answers can be written to a path before anything is computed.
 *
 * @throws {UserError} where they cannot.
 */
export async function assertWritable(out: string, source: string): Promise<void> {
  await assertFilePlace(out);
  const [there, own] = [await statOf(out), await statOf(source)];
  if (!there) return;
  if (own?.ino === there.ino && own.dev === there.dev) {
    throw new UserError(
      `${out}: the answers would replace the data.`,
      "Give another file for the answers.",
    );
  }
}

/** A file of answers that is not whole yet. */
export class PartialAnswers {
  #bytes: number;

  private constructor(
    readonly out: string,
    readonly key: string,
    readonly file: FileHandle,
    /** How far earlier work came. */
    readonly begun: Progress,
    bytes: number,
  ) {
    this.#bytes = bytes;
  }

  /**
   * Begins a file of answers, or continues it where an earlier process stopped.
   *
   * @param key - Digest of all that decides about the answers.
   * @throws {UserError} where what is there was begun with other data, settings or another model.
   */
  static async open(out: string, key: string): Promise<PartialAnswers> {
    const folder = partialFolder(out);
    await makeFolder(folder);
    const place = join(folder, "state.json");
    const state = (await exists(place)) ? await readSealed(place, STATE) : null;
    if (state && state.key !== key) {
      throw new UserError(
        `${folder}: these answers were begun with other data, another model or other settings.`,
        `Continue with what they were begun with, or delete ${folder} to begin again.`,
      );
    }
    const lines = linesIn(out);
    return workingOn(lines, async () => {
      const size = (await exists(lines)) ? (await stat(lines)).size : 0;
      const known = state && size >= state.bytes ? state : null;
      if (state && !known) {
        throw new UserError(`${lines}: the file was cut off.`, STATE.hint);
      }
      const file = await open(lines, known ? "r+" : "w");
      // What was written behind the last state is written again.
      await file.truncate(known?.bytes ?? 0);
      const begun = { done: known?.done ?? 0, tally: known?.tally ?? emptyTally() };
      return new PartialAnswers(out, key, file, begun, known?.bytes ?? 0);
    });
  }

  /** Writes lines behind those that are there. */
  async append(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    await workingOn(this.out, () => this.file.write(bytes, 0, bytes.length, this.#bytes));
    this.#bytes += bytes.length;
  }

  /** Notes how far the work is: it continues from here. */
  async note({ done, tally }: Progress): Promise<void> {
    await workingOn(this.out, () => this.file.sync());
    const state = { key: this.key, done, bytes: this.#bytes, tally };
    await writeFileAtomic(join(partialFolder(this.out), "state.json"), sealed(state, STATE));
  }

  /**
   * Publishes the whole file under its name, and removes what was kept of the work.
   *
   * @param finish - Makes the final file of the lines; default: they are the file.
   */
  async publish(finish?: (lines: string, target: string) => Promise<void>): Promise<void> {
    const { out, file } = this;
    const folder = partialFolder(out);
    await workingOn(out, async () => {
      await file.sync();
      await file.close();
      const lines = linesIn(out);
      const whole = finish ? join(folder, `whole${extname(out)}`) : lines;
      await finish?.(lines, whole);
      if (finish) await onDisk(whole);
      // From here on nothing is to be continued.
      await rm(join(folder, "state.json"), { force: true });
      await rename(whole, out);
      await rm(folder, { recursive: true, force: true });
    });
  }

  /** Closes the file, to be continued later. */
  async close(): Promise<void> {
    await this.file.close().catch(() => undefined);
  }
}

/** Makes sure that a file's contents survive a loss of power. */
async function onDisk(path: string): Promise<void> {
  const file = await open(path, "r+");
  await file.sync();
  await file.close();
}

/** The lines that are written so far; the name says that they are not whole. */
const linesIn = (out: string): string => join(partialFolder(out), `unfinished-${basename(out)}`);
