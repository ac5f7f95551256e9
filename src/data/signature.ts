/** @module What a file holds by its first bytes, whatever its name says. */

/** Pictures that can be read. */
const PICTURES = ["jpeg", "png", "gif", "webp", "tiff", "bmp", "avif", "svg"] as const;

/** Pictures that cannot be read, and other files that are met in their place. */
const OTHERS = {
  heic: "a HEIC picture, which cannot be read; convert it to JPEG or PNG",
  jxl: "a JPEG XL picture, which cannot be read; convert it to JPEG or PNG",
  jp2: "a JPEG 2000 picture, which cannot be read; convert it to JPEG or PNG",
  psd: "a Photoshop document, which cannot be read; convert it to JPEG or PNG",
  ico: "a Windows icon, which cannot be read; convert it to PNG",
  html: "a web page (HTML), not a picture",
  json: "JSON, not a picture",
  lfs: 'a Git LFS pointer, not the picture; fetch the pictures with "git lfs pull"',
  pdf: "a PDF document, not a picture",
  zip: "a ZIP archive, not a picture",
  gzip: "gzip-compressed data, not a picture",
  video: "a video, not a picture",
  text: "plain text, not a picture",
  zeros: "nothing but zeros, not a picture",
  empty: "nothing",
  unknown: "no picture of a known format",
} as const;

/** A format of {@link PICTURES}. */
export type PictureFormat = (typeof PICTURES)[number];

/** What a file can hold. */
export type FileKind = PictureFormat | keyof typeof OTHERS;

/** Bytes from a file's start that {@link signatureOf} needs. */
export const SIGNATURE_BYTES = 4096;

/** Whether it is a picture that can be read. */
export const isPictureFormat = (kind: FileKind): kind is PictureFormat =>
  (PICTURES as readonly string[]).includes(kind);

/** What is in a file that is no picture that can be read, for "the file holds ...". */
export const describeKind = (kind: Exclude<FileKind, PictureFormat>): string => OTHERS[kind];

/** Starts of files; the first that matches counts. */
const STARTS: readonly (readonly [FileKind, string])[] = [
  ["jpeg", "\xff\xd8\xff"],
  ["png", "\x89PNG\r\n\x1a\n"],
  ["gif", "GIF87a"],
  ["gif", "GIF89a"],
  ["tiff", "II*\0"],
  ["tiff", "MM\0*"],
  ["tiff", "II+\0"],
  ["tiff", "MM\0+"],
  ["jxl", "\xff\x0a"],
  ["jxl", "\0\0\0\x0cJXL "],
  ["jp2", "\0\0\0\x0cjP  "],
  ["psd", "8BPS"],
  ["ico", "\0\0\x01\0"],
  ["pdf", "%PDF-"],
  ["zip", "PK\x03\x04"],
  ["gzip", "\x1f\x8b"],
];

/** Kinds of ISO media files by their brands. */
function mediaKind(head: Buffer): FileKind {
  const brands = head.toString("latin1", 8, Math.min(head.length, head.readUInt32BE(0), 256));
  if (/avif|avis/.test(brands)) return "avif";
  return /^(hei|hev|mif|msf)/.test(brands) ? "heic" : "video";
}

/** A text's start, by its byte-order mark or as UTF-8 in which nothing but text occurs. */
function textStart(head: Buffer): string | null {
  const utf16 = head[0] === 0xff && head[1] === 0xfe ? "utf-16le" : null;
  const encoding = head[0] === 0xfe && head[1] === 0xff ? "utf-16be" : (utf16 ?? "utf-8");
  const text = new TextDecoder(encoding).decode(head);
  // eslint-disable-next-line no-control-regex -- these bytes are what tells binary files apart
  return /[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? null : text.trimStart();
}

function textKind(text: string): FileKind {
  if (/^version https:\/\/git-lfs/.test(text)) return "lfs";
  if (/^<!doctype html|<html[\s>]/i.test(text)) return "html";
  if (/^<\?xml|<svg[\s>]/i.test(text)) return "svg";
  if (/^[[{]/.test(text)) return "json";
  return "text";
}

/**
 * What a file holds, judged by its start.
 *
 * @param bytes - The first {@link SIGNATURE_BYTES} bytes, or all of a shorter file.
 */
export function signatureOf(bytes: Uint8Array): FileKind {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, SIGNATURE_BYTES));
  if (head.length === 0) return "empty";
  const start = head.toString("latin1", 0, 16);
  const known = STARTS.find(([, mark]) => start.startsWith(mark));
  if (known) return known[0];
  // The reserved field tells a bitmap from a text that begins with these letters.
  if (start.startsWith("BM") && start.slice(6, 10) === "\0\0\0\0") return "bmp";
  if (start.startsWith("RIFF")) return start.slice(8, 12) === "WEBP" ? "webp" : "video";
  if (start.slice(4, 8) === "ftyp") return mediaKind(head);
  if (head.every((byte) => byte === 0)) return "zeros";
  const text = textStart(head);
  return text === null ? "unknown" : textKind(text);
}
