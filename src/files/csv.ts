/** @module Fields of CSV files (RFC 4180). */

/** A field: in quotation marks where it has a comma, a quotation mark or a line break. */
export const csvField = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
