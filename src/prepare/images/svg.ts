/** @module SVG pictures: drawn from their own text, so that no other file is ever read. */

import { gunzipSync } from "node:zlib";

import { signatureOf } from "../../data/signature.js";
import { DataError } from "../../errors.js";

// An unpacked drawing of this size is no picture to learn from.
const MAX_BYTES = 16 * 2 ** 20;

/** Elements that draw what lies elsewhere; `#part` and `data:` are the file's own. */
const REFERENCE =
  /<(?:\w+:)?(?:image|feImage|use|include)\b[^>]*?\bhref\s*=\s*["']\s*(?!#|data:|["'])/i;

function unpack(bytes: Uint8Array): Uint8Array {
  if (signatureOf(bytes) !== "gzip") return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw new DataError("the file holds gzip-compressed data that are damaged, not a picture");
  }
}

const tooLarge = (): DataError =>
  new DataError(`the SVG has more than ${MAX_BYTES / 2 ** 20} MB of text`);

/**
 * The text of an SVG, unpacked. The image library draws it from memory, where references to other files
 * lead nowhere; a drawing that has one is refused, as it would be drawn without.
 *
 * @throws {DataError} for one that is too large, draws other files, or is no SVG.
 */
export function readSvg(bytes: Uint8Array): Uint8Array {
  const svg = unpack(bytes);
  if (svg.length > MAX_BYTES) throw tooLarge();
  if (signatureOf(svg) !== "svg") {
    throw new DataError("the file holds gzip-compressed data, not a picture");
  }
  if (REFERENCE.test(Buffer.from(svg).toString("utf8"))) {
    throw new DataError(
      "the SVG draws another file, which is never read; embed it or convert the SVG",
    );
  }
  return svg;
}
