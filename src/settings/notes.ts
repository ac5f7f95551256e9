/** @module Notes on a setting that its type does not hold: its flag, its unit, what it accepts. */

import { z } from "zod";

/** What a schema's type does not say about a setting. The help text is the schema's description. */
export interface SettingNotes {
  /**
   * Name of the command line's flag, without dashes; `%` stands for the group, such as `image`. Default: the
   * setting has none.
   */
  readonly flag?: string;
  /** What the value is called in help, as in `<folder>`; default: by the type. */
  readonly value?: string;
  /** What the flag sets if it has no value. */
  readonly bare?: string;
  /** Flags that set one value each, by name: `{ "text-only": "text" }`. */
  readonly choices?: Readonly<Record<string, string>>;
  /** Unit of a number. */
  readonly unit?: "seconds" | "pixels";
  /** What the setting accepts, after "expected", if the type does not say it. */
  readonly accepts?: string;
  /** What has the setting, where not everything of its group does: `tables and CUB`. */
  readonly of?: string;
  /** JSON Schema of a type that has none, and a default that is filled in later. */
  readonly json?: object;
}

/** Notes of all settings: `z.int().describe("...").register(settingNotes, { flag: "epochs" })`. */
export const settingNotes = z.registry<SettingNotes>();
