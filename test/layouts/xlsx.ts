/** @module The smallest Excel workbook: a zip archive with one sheet, written by hand. */

import { crc32, deflateRawSync } from "node:zlib";

import type { Cell, Files } from "./files.js";

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const FORMATS = "http://schemas.openxmlformats.org";
const MAIN = `${FORMATS}/spreadsheetml/2006/main`;
const RELATIONS = `${FORMATS}/officeDocument/2006/relationships`;
const PACKAGE = `${FORMATS}/package/2006`;
const CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml";

// 1980-01-01, the first day that a zip archive can tell.
const DATE = 0x21;
const VERSION = 20;
const UTF8_NAMES = 0x800;
const DEFLATED = 8;

/** Numbers of given widths in bytes, little-endian. */
function packed(...fields: readonly (readonly [width: number, value: number])[]): Buffer {
  const parts = fields.map(([width, value]) => {
    const part = Buffer.alloc(width);
    part.writeUIntLE(value, 0, width);
    return part;
  });
  return Buffer.concat(parts);
}

/**
 * A zip archive of the files, all deflated.
 *
 * Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", sections 4.3.7, 4.3.12, 4.3.16.
 */
export function zipOf(files: Files): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [path, content] of Object.entries(files)) {
    const name = Buffer.from(path);
    const whole = Buffer.from(content);
    const data = deflateRawSync(whole);
    const about = Buffer.concat([
      packed([2, VERSION], [2, UTF8_NAMES], [2, DEFLATED], [2, 0], [2, DATE]),
      packed([4, crc32(whole)], [4, data.length], [4, whole.length], [2, name.length], [2, 0]),
    ]);
    const local = Buffer.concat([packed([4, 0x04034b50]), about, name, data]);
    const place = packed([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]);
    central.push(Buffer.concat([packed([4, 0x02014b50], [2, VERSION]), about, place, name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const count = central.length;
  const end = packed([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count]);
  const where = packed([4, directory.length], [4, offset], [2, 0]);
  return Buffer.concat([...locals, directory, end, where]);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign]!);

/** `A1`, `B1`, ...; a table of ours has at most 26 columns. */
const nameOf = (row: number, column: number): string =>
  `${String.fromCharCode(65 + column)}${row + 1}`;

function cellOf(value: Cell | bigint, row: number, column: number): string {
  const name = nameOf(row, column);
  if (value === null || value === "") return "";
  if (typeof value !== "string") return `<c r="${name}"><v>${value}</v></c>`;
  return `<c r="${name}" t="inlineStr"><is><t xml:space="preserve">${escaped(value)}</t></is></c>`;
}

function sheetOf(rows: readonly (readonly (Cell | bigint)[])[]): string {
  const lines = rows.map((cells, row) => {
    const inner = cells.map((value, column) => cellOf(value, row, column)).join("");
    return `<row r="${row + 1}">${inner}</row>`;
  });
  return `${XML}<worksheet xmlns="${MAIN}"><sheetData>${lines.join("")}</sheetData></worksheet>`;
}

/** A list of one relation, to a part of the package. */
const relation = (kind: string, target: string): string =>
  `${XML}<Relationships xmlns="${PACKAGE}/relationships">` +
  `<Relationship Id="rId1" Type="${RELATIONS}/${kind}" Target="${target}"/></Relationships>`;

/** An Excel workbook with one sheet; empty cells are left out, as Excel does. */
export function workbookOf(rows: readonly (readonly (Cell | bigint)[])[]): Buffer {
  const part = (path: string, kind: string): string =>
    `<Override PartName="/${path}" ContentType="${CONTENT}.${kind}+xml"/>`;
  return zipOf({
    "[Content_Types].xml":
      `${XML}<Types xmlns="${PACKAGE}/content-types">` +
      '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
      part("xl/workbook.xml", "sheet.main") +
      part("xl/worksheets/sheet1.xml", "worksheet") +
      "</Types>",
    "_rels/.rels": relation("officeDocument", "xl/workbook.xml"),
    "xl/workbook.xml":
      `${XML}<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}">` +
      '<sheets><sheet name="labels" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": relation("worksheet", "worksheets/sheet1.xml"),
    "xl/worksheets/sheet1.xml": sheetOf(rows),
  });
}
