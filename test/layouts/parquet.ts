/** @module A Parquet file as Hugging Face `datasets` writes it: embedded pictures, class numbers. */

import { writeFileSync } from "node:fs";

import { parquetWriteBuffer } from "hyparquet-writer";

/** A row: encoded picture, text, class number. */
export interface ParquetSample {
  readonly picture: Uint8Array | null;
  /** Of a picture that is not embedded. */
  readonly path?: string;
  readonly text: string | null;
  readonly label: number;
}

const optional = { repetition_type: "OPTIONAL" } as const;
const text = { type: "BYTE_ARRAY", converted_type: "UTF8", ...optional } as const;

/** Writes samples in groups of four rows, with the class names in the file's metadata. */
export function writeParquet(
  path: string,
  samples: readonly ParquetSample[],
  names: readonly string[],
): void {
  const features = { label: { names, _type: "ClassLabel" } };
  const buffer = parquetWriteBuffer({
    schema: [
      { name: "root", num_children: 3 },
      { name: "image", num_children: 2, ...optional },
      { name: "bytes", type: "BYTE_ARRAY", ...optional },
      { name: "path", ...text },
      { name: "text", ...text },
      { name: "label", type: "INT64", ...optional },
    ],
    columnData: [
      {
        name: "image",
        data: samples.map(({ picture, path = null }) => ({ bytes: picture, path })),
      },
      { name: "text", data: samples.map((sample) => sample.text) },
      { name: "label", data: samples.map(({ label }) => BigInt(label)) },
    ],
    rowGroupSize: 4,
    kvMetadata: [{ key: "huggingface", value: JSON.stringify({ info: { features } }) }],
  });
  writeFileSync(path, Buffer.from(buffer));
}
