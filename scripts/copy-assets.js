// Copies the embedded data beside the compiled code.
import { cp } from "node:fs/promises";
import { URL } from "node:url";

const root = new URL("../", import.meta.url);
await cp(new URL("src/data/emoji/", root), new URL("dist/data/emoji/", root), { recursive: true });
