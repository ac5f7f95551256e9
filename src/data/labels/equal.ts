/** @module Labels that are written differently and mean the same, or may mean the same. */

/** How often and where first a label occurs. */
export interface Occurrence {
  readonly rows: number;
  readonly where: string;
}

const PLAIN = /^([+-]?)(?:0|[1-9]\d*)(?:\.(\d*))?$/;
const EXPONENT = /^[+-]?(?:0|[1-9]\d*)(?:\.\d*)?e[+-]?\d+$/i;
const BOOLEAN = /^(?:true|false)$/i;

/** A number in its plainest form (`1` of `1.0`), `null` where the text is no number. */
export function plainNumber(text: string): string | null {
  if (EXPONENT.test(text)) return String(Number(text));
  if (!PLAIN.test(text)) return null;
  const digits = text.replace(/^\+/, "");
  const short = digits.includes(".") ? digits.replace(/\.?0*$/, "") : digits;
  return short === "-0" ? "0" : short;
}

/**
 * The form of each label under which equal ones are one class: numbers by their value, `True` and `1` where
 * there are only numbers and truth values. Labels stay as they are written where no two are equal.
 */
export function equalLabels(labels: Iterable<string>): ReadonlyMap<string, string> {
  const all = [...labels];
  const numbers = new Map(all.map((label) => [label, plainNumber(label)]));
  const plain = all.every((label) => numbers.get(label) !== null || BOOLEAN.test(label));
  const anyNumber = all.some((label) => numbers.get(label) !== null);
  const formOf = (label: string): string => {
    const number = numbers.get(label);
    if (number !== null && number !== undefined) return number;
    if (!plain || !BOOLEAN.test(label)) return label;
    const lower = label.toLowerCase();
    return anyNumber ? (lower === "true" ? "1" : "0") : lower;
  };
  const forms = new Map(all.map((label) => [label, formOf(label)]));
  const collide = new Set(forms.values()).size < forms.size;
  return collide ? forms : new Map(all.map((label) => [label, label]));
}

const variantKey = (label: string): string =>
  label
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s\p{Cf}]/gu, "")
    .replace(/^0+(?=\d)/, "");

/** Groups of different labels that differ only in case, spaces, leading zeros or Unicode's normal form. */
export function labelVariants(labels: Iterable<string>): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>();
  for (const label of labels) {
    const key = variantKey(label);
    groups.set(key, [...(groups.get(key) ?? []), label]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}
