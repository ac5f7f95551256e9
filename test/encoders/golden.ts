/** @module Exports of PyTorch with their golden outputs and gradients. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { HostTensor } from "../../src/graph/hostTensor.js";
import { readSafetensors } from "../../src/tensors/safetensors.js";

/** Folder of the exports. */
export const EXPORTS = fileURLToPath(new URL("exports", import.meta.url));

/** One exported file and what PyTorch says about it. */
export interface Export {
  /** Such as `bert/opset17/model.onnx`. */
  readonly name: string;
  readonly path: string;
  readonly inputs: Readonly<Record<string, HostTensor>>;
  readonly outputs: Readonly<Record<string, HostTensor>>;
  /** Name of the output of the scalar `sum(output * weights)`. */
  readonly scalarOutput: string;
  readonly weights: HostTensor;
  /** Gradient of the scalar by the name of the file's initializer. */
  readonly gradients: ReadonlyMap<string, HostTensor>;
}

function readExport(model: string, folder: string, part: string): Export {
  const golden = readSafetensors(
    readFileSync(join(EXPORTS, model, `golden-${part.replace(".onnx", "")}.safetensors`)),
  );
  const { tensors, metadata } = golden;
  const prefixed = (prefix: string): Record<string, HostTensor> =>
    Object.fromEntries(
      [...tensors].flatMap(([name, tensor]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : [],
      ),
    );
  const gradients = JSON.parse(metadata["gradients"]!) as Record<string, Record<string, string>>;
  return {
    name: `${model}/${folder}/${part}`,
    path: join(EXPORTS, model, folder, part),
    inputs: prefixed("input."),
    outputs: prefixed("output."),
    scalarOutput: metadata["scalar_output"]!,
    weights: tensors.get("weights")!,
    gradients: new Map(
      Object.entries(gradients[`${folder}/${part}`]!).map(
        ([name, tensor]) => [name, tensors.get(tensor)!] as const,
      ),
    ),
  };
}

/** All float32 exports, both operator sets of each. */
export function allExports(): Export[] {
  return readdirSync(EXPORTS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: model }) =>
      ["onnx", "opset17"].flatMap((folder) =>
        readdirSync(join(EXPORTS, model, folder))
          .filter((part) =>
            existsSync(join(EXPORTS, model, `golden-${part.replace(".onnx", "")}.safetensors`)),
          )
          .map((part) => readExport(model, folder, part)),
      ),
    );
}
