/**
 * @module Runs before the install scripts of dependencies: keeps onnxruntime-node's from downloading.
 *
 * On Linux x64 that script downloads libraries for NVIDIA GPUs (some 300 MB) from another server than the
 * npm registry, and the whole installation fails where that cannot be reached. BalGrad runs on the CPU, whose
 * library is part of the package, unless it is told `--device cuda`. The script leaves files alone that are there: so they are made here, as
 * notes. A download that the user asks for (`ONNXRUNTIME_NODE_INSTALL`) replaces them.
 */

import { existsSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const NOTE = `A note in place of ONNX Runtime's library for NVIDIA GPUs, which balgrad uses for --device cuda only.
To download the library: npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12
`;

const wanted = ["", "_CUDA"].some(
  (suffix) =>
    process.env[`ONNXRUNTIME_NODE_INSTALL${suffix}`] ||
    process.env[`npm_config_onnxruntime_node_install${suffix.toLowerCase()}`],
);

/** Folder of a package that can be resolved from another one; `null` where it is not installed. */
function packageFolder(name, from) {
  try {
    return dirname(createRequire(from).resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}

/** Every copy of onnxruntime-node that this package and Transformers.js load. */
function runtimes() {
  const own = join(import.meta.dirname, "index.js");
  const library = join(import.meta.dirname, "../node_modules/@huggingface/transformers/index.js");
  const hoisted = join(import.meta.dirname, "../../@huggingface/transformers/index.js");
  const folders = [own, library, hoisted].map((from) => packageFolder("onnxruntime-node", from));
  return new Set(folders.filter((folder) => folder !== null));
}

if (!wanted) {
  for (const folder of runtimes()) {
    for (const name of ["cuda", "shared", "tensorrt"]) {
      const libraries = join(folder, "bin", "napi-v6", process.platform, process.arch);
      const path = join(libraries, `libonnxruntime_providers_${name}.so`);
      if (existsSync(libraries) && !existsSync(path)) writeFileSync(path, NOTE);
    }
  }
}
