import { describe, expect, test } from "vitest";

import { commandWords } from "../cli/words.js";
import { ConfigError } from "../errors.js";
import { dataConfig } from "./config.js";
import { refuseOthers, withoutDefaults } from "./given.js";
import { openDataset } from "./open.js";
import { SOURCE_KINDS } from "./sourceSettings.js";

const refusal = (settings: object): Promise<unknown> =>
  openDataset(dataConfig.parse(settings)).then(
    () => null,
    (error: unknown) => error,
  );

describe("a setting that a source does not have is refused", () => {
  test.each([
    ["emoji", { encoding: "gbk" }, "--encoding gbk is a setting of tables"],
    ["emoji", { columns: { labels: ["a", "b"] } }, "--label-columns a,b is a setting of tables"],
    [
      "emoji:groups",
      { features: { text: "x.npy" } },
      "--text-features x.npy is a setting of tables",
    ],
    ["synthetic", { locale: "de" }, "--locale de is a setting of the emoji"],
    [
      "synthetic",
      { variant: { caption: "all" } },
      "--captions all is a setting of tables, folders of classes and CUB",
    ],
    ["package.json", { locale: "en" }, "--locale en is a setting of the emoji"],
    [
      "package.json",
      { variant: { memes: "seen" } },
      "--set data.variant.memes=seen is a setting of Hateful Memes",
    ],
    [
      "package.json",
      { synthetic: { samples: 50 } },
      "--set data.synthetic.samples=50 is a setting of synthetic data",
    ],
  ])("%s %j", async (source, settings, expected) => {
    const error = await refusal({ source, ...settings });
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).in(commandWords)).toEqual({
      message: `${source}: ${expected}, which this is not.`,
      hint: "Leave it out.",
    });
  });
});

test("a setting is given or not, and complete where it is read", () => {
  expect(dataConfig.parse({})).not.toHaveProperty("locale");
  expect(dataConfig.parse({ synthetic: { samples: 50 } }).synthetic).toEqual({ samples: 50 });
  expect(() => dataConfig.parse({ synthetic: { samples: 5 } })).toThrow("samples");
  expect(() => dataConfig.parse({ variant: { plot: "none" } })).toThrow("plot");
  expect(() => dataConfig.parse({ columns: { labels: ["a"] } })).toThrow("labels");
});

test("settings of older runs, which noted the defaults of all sources, are read", () => {
  const settings = {
    source: "photos.csv",
    locale: "en",
    vendors: ["twemoji", "noto"],
    splits: "given",
    columns: { label: "kind" },
    variant: { memes: "unseen", plot: "longest", target: "humour", caption: "first" },
    synthetic: {
      samples: 3000,
      classes: 6,
      image: 0.6,
      text: 0.9,
      shared: 0,
      synergy: 0,
      parts: 1,
    },
  };
  const left = withoutDefaults(settings);
  expect(left).toEqual({
    ...{ source: "photos.csv", splits: "given", columns: { label: "kind" } },
    ...{ variant: { caption: "first" } },
  });
  refuseOthers(dataConfig.parse(left), SOURCE_KINDS.tables, "photos.csv");
});
