/** @module Pictures that are written into a cell: data addresses, base64, numbers. */

import { describeKind, isPictureFormat, signatureOf } from "../signature.js";

/** Bytes of base64 text, also of the kind for addresses and in lines; `null` where it is none. */
function decodeBase64(text: string): Uint8Array | null {
  const packed = text.replaceAll(/\s/g, "");
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(packed)) return null;
  // A single last character holds no byte: the text was cut.
  if (packed.replaceAll("=", "").length % 4 === 1) return null;
  return Buffer.from(packed, "base64");
}

/** What a text may hold of a picture. */
export type Embedded =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** It is meant as a picture, but is none. */
  | { readonly kind: "broken"; readonly reason: string };

const BROKEN: Embedded = { kind: "broken", reason: "the base64 text is broken or cut off" };

function pictureOf(bytes: Uint8Array | null): Embedded {
  if (bytes === null) return BROKEN;
  const kind = signatureOf(bytes);
  return isPictureFormat(kind)
    ? { kind: "bytes", bytes }
    : { kind: "broken", reason: `the cells hold ${describeKind(kind)}` };
}

/** Bytes of a `data:` address; `null` where the text is no such address. */
export function readDataAddress(text: string): Embedded | null {
  const [, about, body] = /^data:([^,]*),([^]*)$/i.exec(text) ?? [];
  if (about === undefined || body === undefined) return null;
  const isBase64 = /;\s*base64\s*$/i.test(about);
  const plain = body.replaceAll(/%([0-9a-f]{2})/gi, (_, code: string) =>
    String.fromCharCode(parseInt(code, 16)),
  );
  if (isBase64) return pictureOf(decodeBase64(plain));
  // What is not percent-encoded may be any text, such as an SVG's.
  return pictureOf(Buffer.from(plain, /[^\0-\xff]/.test(plain) ? "utf8" : "latin1"));
}

// How base64 text of JPEG, PNG, GIF and WebP begins.
const BASE64_STARTS = /^(?:\/9j\/|iVBORw0KGgo|R0lGOD|UklGR)/;
// Names of files are shorter.
const SHORTEST_BASE64 = 64;

/** A picture's bytes as bare base64; `null` where the text does not begin as a picture's. */
export function readBase64(text: string): Embedded | null {
  if (text.length < SHORTEST_BASE64) return null;
  if (BASE64_STARTS.test(text)) return pictureOf(decodeBase64(text));
  const start = decodeBase64(text.slice(0, SHORTEST_BASE64));
  return start !== null && isPictureFormat(signatureOf(start))
    ? pictureOf(decodeBase64(text))
    : null;
}

/** A picture's bytes as numbers `0..255`; `null` for other lists. */
export function readNumbers(values: readonly unknown[]): Embedded | null {
  const isByte = (value: unknown): boolean =>
    typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 255;
  return values.length > 0 && values.every(isByte)
    ? pictureOf(Uint8Array.from(values as number[]))
    : null;
}

/** A picture's bytes that are there already. */
export const readBytes = (bytes: Uint8Array): Embedded => pictureOf(bytes);
