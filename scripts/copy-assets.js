// Copies the embedded data and the files of pages beside the compiled code.
import { cp } from "node:fs/promises";
import { URL } from "node:url";

const root = new URL("../", import.meta.url);
for (const folder of ["data/emoji/", "serve/page/", "ui/page/"]) {
  await cp(new URL(`src/${folder}`, root), new URL(`dist/${folder}`, root), { recursive: true });
}
