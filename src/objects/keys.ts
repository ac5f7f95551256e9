/** @module Keys of objects. */

/** A key's names: they begin with a letter, digit, `-` or `_`, so that none leads out of a folder. */
const KEY = /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/;

/** Whether a text is a key. */
export const isKey = (text: string): boolean => KEY.test(text);

/**
 * A key, checked: it may become a path.
 *
 * @throws {Error} for one that is none, which is a defect of the caller.
 */
export function checkedKey(key: string): string {
  if (isKey(key)) return key;
  throw new Error(`internal: ${JSON.stringify(key)} is no key of an object.`);
}
