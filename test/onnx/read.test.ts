/** @module Numbers of ONNX files, whatever their element type and place. */

import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import {
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
} from "../../src/graph/onnx/onnx_pb.js";
import { readOnnx } from "../../src/graph/onnx/read.js";
import { errorOf, f32, makeFile, node } from "./made.js";

describe("a file's numbers", () => {
  const types = TensorProto_DataType;
  const HALF = [0x3c00, 0xc000, 0x7c00, 0x0001]; // 1, -2, infinity, 2^-24
  const cases = [
    ["float16 fields", types.FLOAT16, { int32Data: HALF }, [1, -2, Infinity, 2 ** -24]],
    ["bfloat16 fields", types.BFLOAT16, { int32Data: [0x3f80, 0xc000] }, [1, -2]],
    ["float16 bytes", types.FLOAT16, { rawData: Uint8Array.of(0, 0x3c, 0, 0xc0) }, [1, -2]],
    ["double fields", types.DOUBLE, { doubleData: [1.5, -2] }, [1.5, -2]],
    ["float fields", types.FLOAT, { floatData: [1.5, -2] }, [1.5, -2]],
    ["int8 bytes", types.INT8, { rawData: Uint8Array.of(1, 254) }, [1, -2]],
    ["int64 fields", types.INT64, { int64Data: [1n, -2n] }, [1, -2]],
    ["uint16 bytes", types.UINT16, { rawData: Uint8Array.of(1, 0, 0, 1) }, [1, 256]],
    ["booleans", types.BOOL, { int32Data: [1, 0] }, [1, 0]],
  ] satisfies [string, number, MessageInitShape<typeof TensorProtoSchema>, number[]][];

  it.each(cases)("are read from %s", (_, dataType, fields, expected) => {
    const { bytes } = makeFile({ feeds: { x: f32(1) }, nodes: [node("Relu", "x")] });
    const model = fromBinary(ModelProtoSchema, bytes);
    const dims = [BigInt(expected.length)];
    model.graph!.initializer.push(
      create(TensorProtoSchema, { name: "c", dataType, dims, ...fields }),
    );
    const { data } = readOnnx(toBinary(ModelProtoSchema, model)).initializers.get("c")!;
    expect(Array.from(data as ArrayLike<number>, Number)).toEqual(expected);
  });

  it("that are missing are said to be, with the tensor's name", () => {
    const { bytes } = makeFile({
      feeds: { x: f32(1) },
      constants: { c: f32(4) },
      nodes: [node("Add", "x c")],
    });
    const model = fromBinary(ModelProtoSchema, bytes);
    const tensor = model.graph!.initializer[0]!;
    tensor.rawData = tensor.rawData.subarray(0, 8);
    const short = toBinary(ModelProtoSchema, model);
    expect(errorOf(() => readOnnx(short)).message).toMatch(/"c" of shape \[4\] needs 4 values.*2/);
    Object.assign(tensor, { rawData: new Uint8Array(), dataLocation: 1 });
    const entry = (key: string, value: string) =>
      create(StringStringEntryProtoSchema, { key, value });
    tensor.externalData = [entry("location", "w.bin"), entry("offset", "8"), entry("length", "16")];
    const outside = toBinary(ModelProtoSchema, model);
    expect(errorOf(() => readOnnx(outside)).message).toMatch(/"c" in the file "w\.bin"/);
    const cut = () => readOnnx(outside, () => new Uint8Array(20));
    expect(errorOf(cut).message).toMatch(/"w\.bin".*bytes 8 to 24, the file has 20/);
    const found = readOnnx(outside, () => new Uint8Array(Float32Array.of(0, 0, 1, 2, 3, 4).buffer));
    expect(Array.from(found.initializers.get("c")!.data as Float32Array)).toEqual([1, 2, 3, 4]);
  });
});

describe("a file that is none", () => {
  it("is named so wherever it is cut off", () => {
    const { bytes } = makeFile({
      feeds: { x: f32(4) },
      constants: { c: f32(4) },
      nodes: [node("Add", "x c")],
    });
    const model = fromBinary(ModelProtoSchema, bytes);
    // Without the second operator set the file would be whole.
    model.opsetImport.length = 1;
    const whole = toBinary(ModelProtoSchema, model);
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.subarray(0, length);
      expect(errorOf(() => readOnnx(cut)).hint, `${length} bytes`).toMatch(/./);
    }
  });

  it.each(["", "<!DOCTYPE html><html></html>", '{"error": "Repository not found"}'])(
    "is named so where it is text: %s",
    (text) => {
      const { message } = errorOf(() => readOnnx(new TextEncoder().encode(text)));
      expect(message).toMatch(/no ONNX model/);
    },
  );
});
