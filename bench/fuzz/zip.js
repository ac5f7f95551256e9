/** @module Zip archives without compression, so that damage reaches what is inside. */

import { crc32 } from "node:zlib";

const FIELDS = (data) => {
  const about = Buffer.alloc(16);
  about.writeUInt32LE(0x21 << 16, 0);
  about.writeUInt32LE(crc32(data), 4);
  about.writeUInt32LE(data.length, 8);
  about.writeUInt32LE(data.length, 12);
  return about;
};

const numbers = (width, ...values) => {
  const bytes = Buffer.alloc(width * values.length);
  values.forEach((value, at) => bytes.writeUIntLE(value, at * width, width));
  return bytes;
};

/** An archive of files, `{ path: contents }`. */
export function zipOf(files) {
  const locals = [];
  const central = [];
  let offset = 0;
  for (const [path, contents] of Object.entries(files)) {
    const [name, data] = [Buffer.from(path), Buffer.from(contents)];
    const about = Buffer.concat([numbers(2, 20, 0, 0), FIELDS(data), numbers(2, name.length, 0)]);
    const local = Buffer.concat([numbers(4, 0x04034b50), about, name, data]);
    const place = Buffer.concat([numbers(2, 0, 0, 0), numbers(4, 0, offset)]);
    central.push(Buffer.concat([numbers(4, 0x02014b50), numbers(2, 20), about, place, name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const counts = numbers(2, 0, 0, central.length, central.length);
  const end = Buffer.concat([numbers(4, 0x06054b50), counts]);
  return Buffer.concat([
    ...locals,
    directory,
    end,
    numbers(4, directory.length, offset),
    numbers(2, 0),
  ]);
}

/** An Excel workbook with one sheet of texts. */
export function workbookOf(rows) {
  const schemas = "http://schemas.openxmlformats.org";
  const content = "application/vnd.openxmlformats-officedocument.spreadsheetml";
  const relation = (kind, target) =>
    `<?xml version="1.0"?><Relationships xmlns="${schemas}/package/2006/relationships"><Relationship Id="rId1" Type="${schemas}/officeDocument/2006/relationships/${kind}" Target="${target}"/></Relationships>`;
  const cell = (value, row, column) =>
    `<c r="${String.fromCharCode(65 + column)}${row + 1}" t="inlineStr"><is><t>${value}</t></is></c>`;
  const lines = rows.map(
    (cells, row) =>
      `<row r="${row + 1}">${cells.map((value, column) => cell(value, row, column)).join("")}</row>`,
  );
  return zipOf({
    "[Content_Types].xml": `<?xml version="1.0"?><Types xmlns="${schemas}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${content}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${content}.worksheet+xml"/></Types>`,
    "_rels/.rels": relation("officeDocument", "xl/workbook.xml"),
    "xl/workbook.xml": `<?xml version="1.0"?><workbook xmlns="${schemas}/spreadsheetml/2006/main" xmlns:r="${schemas}/officeDocument/2006/relationships"><sheets><sheet name="one" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": relation("worksheet", "worksheets/sheet1.xml"),
    "xl/worksheets/sheet1.xml": `<?xml version="1.0"?><worksheet xmlns="${schemas}/spreadsheetml/2006/main"><sheetData>${lines.join("")}</sheetData></worksheet>`,
  });
}

/** The files of an archive that {@link zipOf} made. */
export function unzipped(bytes) {
  const files = {};
  for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50;) {
    const [size, name] = [bytes.readUInt32LE(at + 22), bytes.readUInt16LE(at + 26)];
    const start = at + 30 + name;
    files[bytes.toString("utf8", at + 30, start)] = bytes.subarray(start, start + size);
    at = start + size;
  }
  return files;
}
