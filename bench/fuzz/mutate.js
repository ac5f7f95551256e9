/** @module Seeded damage to files: bits, bytes, blocks, numbers, and the keys and values of JSON. */

import { createHash } from "node:crypto";

import { unzipped, zipOf } from "./zip.js";

const EXTREMES = [
  ...["0", "-1", "1e308", "-1e308", "1e-320", "9007199254740993", "4294967296", "2147483648"],
  ...["-0.5", "65536", "18446744073709551616", "NaN", "Infinity", ""],
];
const TEXTS = [
  "",
  "\u0000",
  "x".repeat(5000),
  "__proto__",
  "constructor",
  "../../x",
  "\ud800",
  "null",
];

const pick = (random, values) => values[random.integer(values.length)];

/** A place in a file; half of the time near its beginning or end, where formats keep their headers. */
function place(random, length) {
  if (length === 0) return 0;
  const edge = Math.min(length, 512);
  if (random.uniform() < 0.5) return random.integer(length);
  return random.uniform() < 0.5 ? random.integer(edge) : length - 1 - random.integer(edge);
}

function block(random, length) {
  const start = place(random, length);
  const size = 1 + random.integer(Math.max(1, Math.min(256, length - start)));
  return [start, Math.min(length, start + size)];
}

/** Replaces a number that is written in digits. */
function otherNumber(bytes, random) {
  const text = bytes.toString("latin1");
  const numbers = [...text.matchAll(/-?\d+(\.\d+)?(e[-+]?\d+)?/gi)];
  if (numbers.length === 0) return flipped(bytes, random);
  const { 0: digits, index } = pick(random, numbers);
  const rest = text.slice(index + digits.length);
  return Buffer.from(text.slice(0, index) + pick(random, EXTREMES) + rest, "latin1");
}

function flipped(bytes, random) {
  const result = Buffer.from(bytes);
  if (bytes.length === 0) return result;
  const count = 1 + random.integer(4);
  for (let at = 0; at < count; at++) result[place(random, bytes.length)] ^= 1 << random.integer(8);
  return result;
}

const BYTE_MUTATIONS = {
  flip: flipped,
  set: (bytes, random) => {
    const result = Buffer.from(bytes);
    const count = 1 + random.integer(8);
    const start = place(random, bytes.length);
    const values = [0x00, 0xff, 0x7f, 0x80, 0x22, 0x0a, 0x2c, random.integer(256)];
    result.fill(pick(random, values), start, Math.min(bytes.length, start + count));
    return result;
  },
  truncate: (bytes, random) => bytes.subarray(0, place(random, bytes.length)),
  insert: (bytes, random) => {
    const at = place(random, bytes.length);
    const size = 1 + random.integer(64);
    const added = Buffer.from(Array.from({ length: size }, () => random.integer(256)));
    return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)]);
  },
  delete: (bytes, random) => {
    const [start, end] = block(random, bytes.length);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  duplicate: (bytes, random) => {
    const [start, end] = block(random, bytes.length);
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
  },
  swap: (bytes, random) => {
    const [a, b] = [block(random, bytes.length), block(random, bytes.length)];
    const [[start, end], [start2, end2]] = a[0] <= b[0] ? [a, b] : [b, a];
    if (end > start2) return flipped(bytes, random);
    return Buffer.concat([
      bytes.subarray(0, start),
      bytes.subarray(start2, end2),
      bytes.subarray(end, start2),
      bytes.subarray(start, end),
      bytes.subarray(end2),
    ]);
  },
  number: otherNumber,
};

/** All objects and lists in a value that have something in them. */
function containers(value, found = []) {
  if (typeof value !== "object" || value === null) return found;
  if (Object.keys(value).length > 0) found.push(value);
  for (const inner of Object.values(value)) containers(inner, found);
  return found;
}

const otherValue = (random) =>
  pick(random, [
    ...[null, true, false, [], {}, [[]], 0, -1, 1e308, -0.5, 2 ** 31, 2 ** 53, 65536],
    ...TEXTS,
  ]);

/** Deletes, renames, doubles or changes something in a JSON value, in place. */
export function changeValue(value, random) {
  const holders = containers(value);
  if (holders.length === 0) return;
  const holder = pick(random, holders);
  const key = pick(random, Object.keys(holder));
  const old = holder[key];
  switch (random.integer(6)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else Reflect.deleteProperty(holder, key);
      break;
    case 1:
      holder[pick(random, TEXTS)] = old;
      if (!Array.isArray(holder)) Reflect.deleteProperty(holder, key);
      break;
    case 2:
      holder[key] = [old, old];
      break;
    case 3:
      holder[key] = typeof old === "number" ? Number(pick(random, EXTREMES)) : String(old);
      break;
    default:
      holder[key] = otherValue(random);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Changes a JSON value, or one line of a file of JSON lines; `null` where it is neither. */
function changedJson(bytes, random) {
  const text = bytes.toString("utf8");
  const whole = parsed(text);
  if (whole !== undefined) {
    changeValue(whole, random);
    return JSON.stringify(whole, null, 2);
  }
  const lines = text.split("\n");
  const at = random.integer(lines.length);
  const value = parsed(lines[at]);
  if (value === undefined) return null;
  changeValue(value, random);
  lines[at] = JSON.stringify(value);
  return lines.join("\n");
}

/** JSON with a digest, changed and with the digest of the change: what only a schema can refuse. */
function forgedJson(bytes, random) {
  const { digest, ...rest } = JSON.parse(bytes.toString("utf8"));
  changeValue(rest, random);
  const forged = createHash("sha256").update(JSON.stringify(rest)).digest("hex");
  return JSON.stringify({ ...rest, digest: digest && forged });
}

/** A safetensors file with a changed header, whose length is right. */
function changedHeader(bytes, random) {
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + length));
  changeValue(header, random);
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([size, text, bytes.subarray(8 + length)]);
}

/** A zip archive with a damaged file in it; its checksums are right. */
function changedInside(bytes, random) {
  const files = unzipped(bytes);
  const name = pick(random, Object.keys(files));
  const how = pick(random, Object.keys(BYTE_MUTATIONS));
  return zipOf({ ...files, [name]: BYTE_MUTATIONS[how](files[name], random) });
}

/**
 * Damages a file.
 *
 * @param kind - `json`, `sealed` (JSON with a digest), `safetensors`, `zip` or `bytes`.
 * @returns The bytes, what was done, and whether it was made to look sound.
 */
export function mutate(bytes, kind, random) {
  const deep = random.uniform();
  if (kind === "json" && deep < 0.5) {
    const text = changedJson(bytes, random);
    if (text !== null) return { bytes: Buffer.from(text), how: "json", forged: false };
  }
  if (kind === "sealed" && deep < 0.25) {
    return { bytes: Buffer.from(changedJson(bytes, random)), how: "json", forged: false };
  }
  if (kind === "sealed" && deep < 0.6) {
    return { bytes: Buffer.from(forgedJson(bytes, random)), how: "forged", forged: true };
  }
  if (kind === "zip" && deep < 0.7) {
    return { bytes: changedInside(bytes, random), how: "inside", forged: false };
  }
  if (kind === "safetensors" && deep < 0.5) {
    return { bytes: changedHeader(bytes, random), how: "header", forged: false };
  }
  const how = pick(random, Object.keys(BYTE_MUTATIONS));
  return { bytes: BYTE_MUTATIONS[how](bytes, random), how, forged: false };
}
