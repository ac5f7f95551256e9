/** @module Areas where pictures are dropped or chosen. */

import { el } from "./dom.js";

/**
 * An area for files.
 *
 * @param take - Is given the files of each drop or choice.
 */
export function dropArea(
  id: string,
  words: string,
  multiple: boolean,
  take: (files: File[]) => void,
): HTMLElement {
  const input = el("input", { type: "file", accept: "image/*", id, multiple });
  const area = el("div", { class: "drop" }, el("label", { for: id }, words), input);
  input.addEventListener("change", () => {
    take([...(input.files ?? [])]);
    // So that the same file can be chosen again.
    input.value = "";
  });
  area.addEventListener("dragover", (event) => {
    event.preventDefault();
    area.classList.add("over");
  });
  area.addEventListener("dragleave", () => {
    area.classList.remove("over");
  });
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("over");
    take([...(event.dataTransfer?.files ?? [])]);
  });
  return area;
}
