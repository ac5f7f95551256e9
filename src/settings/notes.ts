/** @module What a setting is beside its type, stated at its schema: its flag, its unit, what it accepts. */

import { z } from "zod";

/** What a schema's type does not tell about a setting; the help text is its description. */
export interface SettingNotes {
  /**
   * Name of the command line's flag, without dashes; `%` stands for the group, such as `image`. Default: the
   * setting has none.
   */
  readonly flag?: string;
  /** What the value is called in help, as in `<folder>`; default: by the type. */
  readonly value?: string;
  /** What the flag sets where it stands without a value. */
  readonly bare?: string;
  /** Flags that set one value each, by name: `{ "text-only": "text" }`. */
  readonly choices?: Readonly<Record<string, string>>;
  /** Unit of a number. */
  readonly unit?: "seconds" | "pixels";
  /** What the setting accepts, after "expected", where the type does not tell it. */
  readonly accepts?: string;
  /** JSON Schema of a type that has none. */
  readonly json?: object;
}

/** Notes of all settings: `z.int().describe("...").register(settingNotes, { flag: "epochs" })`. */
export const settingNotes = z.registry<SettingNotes>();
