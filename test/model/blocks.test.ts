import { describe, expect, test } from "vitest";

import type { ImportedWeight } from "../../src/graph/onnx/import/options.js";
import { blockName, blocksOf } from "../../src/model/blocks.js";

const weight = (
  path: string,
  position: number,
  role: ImportedWeight["role"] = "linear",
): ImportedWeight => ({
  ...{ name: path, path, role, position },
  shape: [1, 1],
  data: Float32Array.of(1),
});

describe("the blocks of an encoder", () => {
  test.each([
    ["encoder.layer.3.attention.self.query.weight", "encoder.layer.3"],
    ["transformer.layer.0.ffn.lin1.bias", "transformer.layer.0"],
    ["vision_model.encoder.layers.11.layer_norm1.weight", "vision_model.encoder.layers.11"],
    [
      "encoder.layers.encoder_layer_2.self_attention.in_proj_weight",
      "encoder.layers.encoder_layer_2",
    ],
    ["layer2.1.conv1.weight", "layer2.1"],
    ["encoder.stages.0.layers.2.layer.1.convolution.weight", "encoder.stages.0.layers.2"],
    ["features.4.block.2.fc1.weight", "features.4"],
    ["embeddings.word_embeddings.weight", undefined],
    ["conv1.weight", undefined],
    ["pooler.dense.weight", undefined],
  ])("%s lies in %s", (path, block) => {
    expect(blockName(path)).toBe(block);
  });

  test("are numbered in the order of computation; stem before, head after", () => {
    const { count, depth } = blocksOf([
      weight("pooler.dense.weight", 9),
      weight("encoder.layer.1.a.weight", 7),
      weight("encoder.layer.0.a.weight", 3),
      weight("embeddings.weight", 0),
      weight("encoder.layer.0.b.weight", 4),
    ]);
    expect(count).toBe(2);
    expect(Object.fromEntries(depth)).toEqual({
      "embeddings.weight": 0,
      "encoder.layer.0.a.weight": 1,
      "encoder.layer.0.b.weight": 1,
      "encoder.layer.1.a.weight": 2,
      "pooler.dense.weight": 3,
    });
  });

  test("are the layers where names say nothing", () => {
    const { count, depth } = blocksOf([
      weight("w0", 0, "conv"),
      weight("w1", 1, "bias"),
      weight("w2", 2, "conv"),
      weight("w3", 3, "bias"),
    ]);
    expect(count).toBe(2);
    expect([...depth.values()]).toEqual([1, 1, 2, 2]);
  });
});
