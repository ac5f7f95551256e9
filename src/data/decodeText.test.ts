import { describe, expect, test } from "vitest";

import { encoded } from "../../test/support/encodings.js";
import { decodeText } from "./decodeText.js";

const TEXTS = {
  gbk: "一只黑色的猫坐在窗台上，看着外面的雨。\n两个孩子在公园里玩球\n",
  shift_jis: "黒い猫が窓のそばに座って、雨を見ている。\nコーヒーを飲みながら本を読む\n",
  "euc-jp": "黒い猫が窓のそばに座って、雨を見ている。\nコーヒーを飲みながら本を読む\n",
  big5: "一隻黑色的貓坐在窗台上，看著外面的雨。\n兩個孩子在公園裡玩球\n",
  "euc-kr": "검은 고양이가 창가에 앉아 비를 보고 있다.\n두 아이가 공원에서 공놀이를 한다\n",
  "windows-1251": "Чёрная кошка сидит у окна и смотрит на дождь.\n",
  "koi8-r": "Черная кошка сидит у окна и смотрит на дождь.\n",
  "windows-1252": "Le café coûte 3 £, «naïve» über größer\nÄÖÜ ça señor\n",
} as const;

describe("encodings that a text does not say", () => {
  test.each(Object.entries(TEXTS))("%s", (label, text) => {
    const decoded = decodeText(encoded(text, label));
    expect(decoded).toEqual({ text, encoding: label, certain: false });
  });

  test.each(Object.entries(TEXTS))(
    "%s in every line of a table, and in a short one",
    (label, text) => {
      const [first] = text.split("\n") as [string];
      const table = `text,label\n${first},1\nplain ascii,0\n"${first.slice(0, 12)}",2\n`;
      expect(decodeText(encoded(table, label)).text).toBe(table);
    },
  );

  test("two characters of Chinese", () => {
    expect(decodeText(encoded("好评", "gbk")).text).toBe("好评");
  });

  test("UTF-8, with and without mark, is certain", () => {
    const text = "naïve 猫 \u{1f408}";
    expect(decodeText(Buffer.from(text))).toEqual({ text, encoding: "utf-8", certain: true });
    const marked = Buffer.from(`\uFEFF${text}`);
    expect(decodeText(marked)).toEqual({ text, encoding: "utf-8", certain: true });
    expect(decodeText(new Uint8Array())).toEqual({ text: "", encoding: "utf-8", certain: true });
  });

  test.each([
    ["English", "hi"],
    ["a table", "text,label\r\na cat,1\r\n"],
    ["Chinese", "文本,标签\n一只黑色的猫,1\n两个孩子,0\n"],
  ])("UTF-16 without mark: %s", (_, text) => {
    const little = Buffer.from(text, "utf16le");
    const big = Buffer.from(little).swap16();
    expect(decodeText(little)).toEqual({ text, encoding: "utf-16le", certain: false });
    expect(decodeText(big)).toEqual({ text, encoding: "utf-16be", certain: false });
    const marked = Buffer.concat([Buffer.from([0xfe, 0xff]), big]);
    expect(decodeText(marked)).toEqual({ text, encoding: "utf-16be", certain: true });
  });

  test("stray zero bytes make no UTF-16 of a text", () => {
    const text = "a text\0 with\0 zeros\0\0";
    expect(decodeText(Buffer.from(text))).toEqual({ text, encoding: "utf-8", certain: true });
  });

  test("one Latin-1 line among UTF-8 changes only itself", () => {
    const bytes = Buffer.concat([Buffer.from("größer 猫\n"), Buffer.from("caf\xe9\n", "latin1")]);
    const decoded = decodeText(bytes);
    expect(decoded).toEqual({
      text: "größer 猫\ncafé\n",
      encoding: "windows-1252",
      certain: false,
    });
  });

  test("all of Windows-1252's own signs", () => {
    const bytes = Uint8Array.from([...Array(32).keys()], (at) => 0x80 + at);
    expect(decodeText(bytes).text).toBe("€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ");
  });

  test("quotation marks of Windows-1252 alone make no Japanese of English", () => {
    const bytes = Buffer.from("it\x92s a cat, don\x92t worry \x96 \x93yes\x94\n", "latin1");
    const text = "it’s a cat, don’t worry – “yes”\n";
    expect(decodeText(bytes)).toEqual({ text, encoding: "windows-1252", certain: false });
  });

  test("a given encoding is taken at its word, and tells where it does not fit", () => {
    const text = "一只黑色的猫";
    expect(decodeText(encoded(text, "gbk"), "gbk")).toMatchObject({ text, certain: true });
    const latin = decodeText(Buffer.from("caf\xe9 \x80", "latin1"), "latin1");
    expect(latin).toEqual({ text: "café €", encoding: "windows-1252", certain: true });
    const wrong = decodeText(Buffer.from([0x61, 0xff, 0x62]), "utf-8");
    expect(wrong).toEqual({ text: "a\uFFFDb", encoding: "utf-8", certain: false });
  });
});
