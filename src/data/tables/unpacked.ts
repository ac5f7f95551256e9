/** @module Zip archives of XML parts, unpacked with a limit: what they say of their sizes may be a lie. */

import { crc32, inflateRawSync } from "node:zlib";

import { DataError } from "../../errors.js";

/** A part of an archive. */
interface Part {
  readonly name: Buffer;
  readonly contents: Buffer;
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
// The archive's comment stands behind the end record.
const LONGEST_COMMENT = 0xffff;
const [STORED, DEFLATED] = [0, 8];

function endRecord(archive: Buffer): number {
  const first = Math.max(0, archive.length - END_BYTES - LONGEST_COMMENT);
  for (let at = archive.length - END_BYTES; at >= first; at--) {
    if (archive.readUInt32LE(at) === END) return at;
  }
  throw new RangeError("no end of the zip archive was found");
}

const isXml = (name: string): boolean => name.endsWith(".xml") || name.endsWith(".rels");

/** Unpacks one part; the limit is what is left of the whole. */
function unpack(archive: Buffer, entry: number, limit: number): Buffer {
  const method = archive.readUInt16LE(entry + 10);
  const packed = archive.readUInt32LE(entry + 20);
  const local = archive.readUInt32LE(entry + 42);
  if ((archive.readUInt16LE(entry + 8) & 1) === 1) throw new RangeError("a part is encrypted");
  if (archive.readUInt32LE(local) !== LOCAL)
    throw new RangeError("a part is not where it should be");
  const start =
    local + LOCAL_BYTES + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  if (start + packed > archive.length) throw new RangeError("the file is cut off");
  const data = archive.subarray(start, start + packed);
  if (method !== STORED && method !== DEFLATED)
    throw new RangeError("a part is packed in an unknown way");
  if (method === DEFLATED) return inflateRawSync(data, { maxOutputLength: Math.max(1, limit) });
  if (data.length > limit) throw Object.assign(new RangeError(), { code: "ERR_BUFFER_TOO_LARGE" });
  return data;
}

/** An archive of the same parts, not packed, whose sizes are true. */
function stored(parts: readonly Part[]): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const { name, contents } of parts) {
    // Version and flags as the oldest readers have them, no times; then sizes and checksum.
    const about = Buffer.alloc(26);
    about.writeUInt16LE(20, 0);
    about.writeUInt32LE(crc32(contents), 10);
    about.writeUInt32LE(contents.length, 14);
    about.writeUInt32LE(contents.length, 18);
    about.writeUInt16LE(name.length, 22);
    const local = Buffer.alloc(4);
    local.writeUInt32LE(LOCAL);
    const entry = Buffer.alloc(6);
    entry.writeUInt32LE(ENTRY);
    entry.writeUInt16LE(20, 4);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    locals.push(local, about, name, contents);
    entries.push(entry, about, place, name);
    offset += LOCAL_BYTES + name.length + contents.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(END);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

/**
 * Unpacks the XML parts of a zip archive into one that is not packed, which a reader without a limit may
 * be given.
 *
 * Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", sections 4.3.7, 4.3.12, 4.3.16.
 *
 * @param path - For messages.
 * @param limit - Largest number of bytes of all parts together.
 * @throws {DataError} for what is no such archive, or unpacks to more.
 */
export function unpackedArchive(path: string, archive: Buffer, limit: number): Buffer {
  try {
    const end = endRecord(archive);
    const parts = new Map<string, Part>();
    let at = archive.readUInt32LE(end + 16);
    let left = limit;
    for (let count = archive.readUInt16LE(end + 10); count > 0; count--) {
      if (archive.readUInt32LE(at) !== ENTRY) throw new RangeError("the archive's list is broken");
      const length = archive.readUInt16LE(at + 28);
      const name = archive.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + length);
      if (isXml(name.toString()) && !parts.has(name.toString())) {
        const contents = unpack(archive, at, left);
        left -= contents.length;
        parts.set(name.toString(), { name, contents });
      }
      at += ENTRY_BYTES + length + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
    }
    return stored([...parts.values()]);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === "ERR_BUFFER_TOO_LARGE"
      ? new DataError(
          `${path}: the workbook unpacks to more than ${limit / 2 ** 20} MB.`,
          "Save the sheet as CSV, which is read row by row.",
        )
      : new DataError(`${path}: not an Excel workbook: ${message}.`);
  }
}
