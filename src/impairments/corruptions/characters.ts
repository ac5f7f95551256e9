/** @module Keys that lie beside one another, and characters that look like others. */

/** Neighbouring letters of each letter on a QWERTY keyboard. */
export const NEIGHBOURS: Readonly<Record<string, string>> = {
  ...{ q: "wa", w: "qesa", e: "wrds", r: "etfd", t: "rygf", y: "tuhg", u: "yijh", i: "uokj" },
  ...{ o: "iplk", p: "ol", a: "qwsz", s: "awedxz", d: "serfcx", f: "drtgvc", g: "ftyhbv" },
  ...{ h: "gyujnb", j: "huikmn", k: "jiolm", l: "kop", z: "asx", x: "zsdc", c: "xdfv" },
  ...{ v: "cfgb", b: "vghn", n: "bhjm", m: "njk" },
};

/** Pairs that optical character recognition takes for one another; each is read both ways. */
const ALIKE = [
  ...["l1", "I1", "Il", "i1", "il", "O0", "o0", "S5", "s5", "B8", "Z2", "z2", "g9", "q9", "b6"],
  ...["G6", "T7", "A4", "ec", "uv", "nh", "ft", "ao"],
].map((pair) => Array.from(pair) as [string, string]);

/** Groups of letters that are taken for another letter, both ways. */
const JOINED: readonly (readonly [string, string])[] = [
  ["rn", "m"],
  ["cl", "d"],
  ["vv", "w"],
  ["li", "h"],
  ["ii", "u"],
];

/** What is read, and what for. */
export const CONFUSIONS: readonly (readonly [from: string, by: string])[] = [
  ...ALIKE,
  ...JOINED,
].flatMap(([one, other]) => [[one, other] as const, [other, one] as const]);
