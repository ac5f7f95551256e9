/** @module Elements of the page. Whatever is shown is set as text, never as HTML. */

type Child = Node | string;
type Attributes = Readonly<Record<string, string | number | boolean>>;

function fill<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/** Makes an element; an attribute that is `false` is left out. */
export const el = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] => fill(document.createElement(name), attributes, children);

/** Makes an element of a drawing. */
export const svg = <Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Name] =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

/** Finds an element of the page by its id. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element "${id}".`);
  return found;
}

/** A button that does something. */
export function button(label: string, onClick: () => void, attributes: Attributes = {}) {
  const made = el("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", onClick);
  return made;
}

/** A control with its label. */
export const field = (label: string, control: HTMLElement): HTMLLabelElement =>
  el("label", { class: "field" }, label, control);

/** A choice of one of several values. */
export function select(
  options: readonly (readonly [value: string, label: string])[],
  value: string,
  onChange: (value: string) => void,
): HTMLSelectElement {
  const made = el(
    "select",
    {},
    ...options.map(([own, label]) => el("option", { value: own, selected: own === value }, label)),
  );
  made.addEventListener("change", () => {
    onChange(made.value);
  });
  return made;
}

/** What went wrong, in the words of the error and its hint. */
export function wordsOf(error: unknown): string {
  const { message, hint } = error as { readonly message?: string; readonly hint?: string };
  return [message ?? String(error), hint].filter((part) => part !== undefined).join(" ");
}

/** A share as a percentage. */
export const percent = (share: number): string => `${Math.round(100 * share)} %`;
