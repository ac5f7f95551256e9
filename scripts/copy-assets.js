// Copies the embedded data and the page of the prediction service beside the compiled code.
import { cp } from "node:fs/promises";
import { URL } from "node:url";

const root = new URL("../", import.meta.url);
for (const folder of ["data/emoji/", "serve/page/"]) {
  await cp(new URL(`src/${folder}`, root), new URL(`dist/${folder}`, root), { recursive: true });
}
