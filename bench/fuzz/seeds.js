/** @module Small sound files of every kind that is read, for the fuzz test to damage. */

import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import * as arrow from "apache-arrow";
import { parquetWriteBuffer } from "hyparquet-writer";
import sharp from "sharp";

import { npyHeader } from "../../dist/tensors/npy.js";
import { writeSafetensors } from "../../dist/tensors/safetensors.js";
import { workbookOf } from "./zip.js";

const ENCODERS = fileURLToPath(new URL("../../test/encoders/exports", import.meta.url));
const HDF5 = fileURLToPath(new URL("../../test/layouts/multimodal_imdb.hdf5", import.meta.url));

const ROWS = 24;
const CLASSES = ["red", "blue", "green"];

/** A picture that has contours, in a format of the image library. */
export function picture(format, hue = 0) {
  const [width, height] = [24, 18];
  const pixels = Uint8Array.from(
    { length: width * height * 3 },
    (_, at) => (Math.floor(at / 3) * 7 + hue + (at % 3) * 50) % 256,
  );
  const image = sharp(pixels, { raw: { width, height, channels: 3 } });
  return image.toFormat(format).toBuffer();
}

/** A Windows bitmap of 24 bits. */
export function bitmap() {
  const [width, height] = [8, 6];
  const bytes = Buffer.alloc(54 + width * height * 3, 90);
  bytes.write("BM", 0, "latin1");
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(0, 6);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  bytes.fill(0, 30, 54);
  return bytes;
}

export const SVG =
  '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="40" height="30" viewBox="0 0 40 30"><defs><linearGradient id="g"><stop offset="0.2" stop-color="#f00"/><stop offset="1" stop-color="#00f"/></linearGradient></defs><rect width="40" height="30" fill="url(#g)"/><circle cx="12" cy="9" r="6"/><text x="3" y="20">abc</text></svg>';

const labelOf = (at) => CLASSES[at % CLASSES.length];
const textOf = (at) => `a ${labelOf(at)} thing, "number" ${at}`;
const samples = Array.from({ length: ROWS }, (_, at) => ({
  id: `s${at}`,
  image: `${at % 4}.png`,
  text: textOf(at),
  label: labelOf(at),
}));

const quoted = (value) => `"${value.replaceAll('"', '""')}"`;

function separated(sign) {
  const rows = samples.map((sample) => Object.values(sample).map(quoted).join(sign));
  return `${Object.keys(samples[0]).join(sign)}\n${rows.join("\n")}\n`;
}

const jsonLines = (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

function parquet(pictures) {
  const optional = { repetition_type: "OPTIONAL" };
  const text = { type: "BYTE_ARRAY", converted_type: "UTF8", ...optional };
  const features = { label: { names: CLASSES, _type: "ClassLabel" } };
  const schema = [
    { name: "root", num_children: 4 },
    { name: "image", num_children: 2, ...optional },
    { name: "bytes", type: "BYTE_ARRAY", ...optional },
    { name: "path", ...text },
    { name: "text", ...text },
    { name: "label", type: "INT64", ...optional },
    { name: "id", type: "INT64", ...optional },
  ];
  const columnData = [
    { name: "image", data: samples.map((_, at) => ({ bytes: pictures[at % 4], path: null })) },
    { name: "text", data: samples.map(({ text }) => text) },
    { name: "label", data: samples.map((_, at) => BigInt(at % 3)) },
    { name: "id", data: samples.map((_, at) => 2n ** 60n + BigInt(at)) },
  ];
  const kvMetadata = [{ key: "huggingface", value: JSON.stringify({ info: { features } }) }];
  return Buffer.from(parquetWriteBuffer({ schema, columnData, rowGroupSize: 8, kvMetadata }));
}

/** A file of Arrow as `save_to_disk` writes it, in two batches. */
function arrowFile(pictures) {
  const image = new arrow.Struct([
    new arrow.Field("bytes", new arrow.Binary(), true),
    new arrow.Field("path", new arrow.Utf8(), true),
  ]);
  const fields = [
    new arrow.Field("image", image, true),
    new arrow.Field("text", new arrow.Utf8(), true),
    new arrow.Field("label", new arrow.Int64(), true),
  ];
  const features = { label: { names: CLASSES, _type: "ClassLabel" } };
  const note = new Map([["huggingface", JSON.stringify({ info: { features } })]]);
  const schema = new arrow.Schema(fields, note);
  const batches = [0, ROWS / 2].map((start) => {
    const part = samples.slice(start, start + ROWS / 2);
    const columns = [
      arrow.vectorFromArray(
        part.map((_, at) => ({ bytes: pictures[at % 4], path: "a.png" })),
        image,
      ),
      arrow.vectorFromArray(
        part.map(({ text }) => text),
        new arrow.Utf8(),
      ),
      arrow.vectorFromArray(
        part.map((_, at) => BigInt(at % 3)),
        new arrow.Int64(),
      ),
    ];
    const children = columns.map((column) => column.data[0]);
    const type = new arrow.Struct(fields);
    const data = arrow.makeData({ type, length: part.length, nullCount: 0, children });
    return new arrow.RecordBatch(schema, data);
  });
  return arrow.tableToIPC(new arrow.Table(schema, batches), "stream");
}

const vectors = Float32Array.from({ length: ROWS * 3 }, (_, at) => Math.sin(at));

function put(folder, files) {
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), contents);
  }
}

const withPictures = (pictures, files) => ({
  ...Object.fromEntries(pictures.map((bytes, at) => [`${at}.png`, bytes])),
  ...files,
});

/** MM-IMDb, Food-101 and Hateful Memes in miniature. */
function layouts(pictures) {
  const ids = Array.from({ length: 9 }, (_, at) => `000${at + 1}`);
  const records = ids.map((id, at) => [
    [
      `dataset/${id}.json`,
      JSON.stringify({ plot: [textOf(at)], genres: [["Drama", "Comedy"][at % 2]] }),
    ],
    [`dataset/${id}.jpeg`, pictures[at % 4]],
  ]);
  const dishes = ["apple_pie", "ice_cream"];
  const files = ids.map((id, at) => `${dishes[at % 2]}_${at}.jpg`);
  const splits = { train: files.slice(0, 4), val: files.slice(4, 6), test: files.slice(6) };
  const memes = (from, to) =>
    jsonLines(
      ids.slice(from, to).map((id, at) => ({ id, img: `img/${id}.png`, label: at % 2, text: id })),
    );
  return {
    mmimdb: {
      "split.json": JSON.stringify({
        train: ids.slice(0, 5),
        dev: ids.slice(5, 7),
        test: ids.slice(7),
      }),
      ...Object.fromEntries(records.flat()),
    },
    food101: {
      "split.json": JSON.stringify(splits),
      "text.json": JSON.stringify(
        Object.fromEntries(files.map((file) => [file, [`how to ${file}`]])),
      ),
      "class_idx.json": JSON.stringify(Object.fromEntries(dishes.map((name, at) => [name, at]))),
      ...Object.fromEntries(
        files.map((file, at) => [
          `images/${at < 6 ? "train" : "test"}/${dishes[at % 2]}/${file}`,
          pictures[at % 4],
        ]),
      ),
    },
    memes: {
      "train.jsonl": memes(0, 5),
      "dev_unseen.jsonl": memes(5, 7),
      "test_unseen.jsonl": memes(7, 9),
      ...Object.fromEntries(ids.map((id, at) => [`img/${id}.png`, pictures[at % 4]])),
    },
  };
}

const SETTINGS = {
  data: { source: "synthetic", maxTokens: 32 },
  model: { image: { type: "convolutional", side: 8, channels: [8] }, embed: 16 },
  method: { name: "balgrad", options: { lambda: 2 } },
  train: { epochs: 2, batchSize: 8, learningRate: 0.01, augment: { mirror: 0.5 } },
  evaluation: { imageNoise: 0.5 },
};

/** Writes the data, settings and encoders of all kinds into a folder, one folder each. */
export async function writeSeeds(folder) {
  const pictures = await Promise.all([0, 40, 90, 150].map((hue) => picture("png", hue)));
  const tensor = { dtype: "float32", shape: [ROWS, 3], data: vectors };
  const ids = JSON.stringify(samples.map(({ id }) => id));
  const table = jsonLines(samples.map(({ id, label }) => ({ id, label })));
  const matrix = { "image.npy": Buffer.concat([npyHeader(ROWS, 3), Buffer.from(vectors.buffer)]) };
  const kinds = {
    csv: withPictures(pictures, { "data.csv": separated(",") }),
    tsv: withPictures(pictures, { "data.tsv": separated("\t") }),
    jsonl: withPictures(pictures, { "data.jsonl": jsonLines(samples) }),
    json: withPictures(pictures, { "data.json": JSON.stringify(samples) }),
    xlsx: withPictures(pictures, {
      "data.xlsx": workbookOf([Object.keys(samples[0]), ...samples.map(Object.values)]),
    }),
    parquet: { "data.parquet": parquet(pictures) },
    arrow: {
      "state.json": JSON.stringify({ _data_files: [{ filename: "data-00000-of-00001.arrow" }] }),
      "dataset_info.json": "{}",
      "data-00000-of-00001.arrow": arrowFile(pictures),
    },
    imagefolder: withPictures(pictures, {
      "metadata.jsonl": jsonLines(
        samples
          .slice(0, 4)
          .map(({ text }, at) => ({ file_name: `${at}.png`, text, label: at % 2 })),
      ),
      "val/4.png": pictures[0],
      "val/metadata.csv": "file_name,text,label\n4.png,a thing,1\n",
    }),
    npy: {
      "data.jsonl": jsonLines(samples.map(({ id, text, label }) => ({ id, text, label }))),
      ...matrix,
    },
    safetensors: {
      ...matrix,
      "data.jsonl": table,
      "text.safetensors": writeSafetensors(new Map([["text_features", tensor]]), { ids }),
    },
    picture: {
      "jpeg.jpg": await picture("jpeg"),
      "png.png": await picture("png"),
      "webp.webp": await picture("webp"),
      "gif.gif": await picture("gif"),
      "tiff.tif": await picture("tiff"),
      "bmp.bmp": bitmap(),
      "svg.svg": SVG,
    },
    settings: { "settings.json": JSON.stringify(SETTINGS, null, 2) },
    ...layouts(pictures),
  };
  for (const [kind, files] of Object.entries(kinds)) put(join(folder, kind), files);
  put(join(folder, "hdf5"), {});
  mkdirSync(join(folder, "hdf5"), { recursive: true });
  cpSync(HDF5, join(folder, "hdf5", "multimodal_imdb.hdf5"));
  for (const name of ["bert", "vit"]) {
    cpSync(join(ENCODERS, name), join(folder, name), {
      recursive: true,
      filter: (path) => !/golden|opset17|fp16|quantized|q4|qdq/.test(path),
    });
  }
  put(join(folder, "bert"), {
    "modules.json": JSON.stringify([
      { idx: 0, name: "0", path: "", type: "sentence_transformers.models.Transformer" },
      { idx: 1, name: "1", path: "1_Pooling", type: "sentence_transformers.models.Pooling" },
    ]),
    "1_Pooling/config.json": JSON.stringify({
      word_embedding_dimension: 16,
      pooling_mode_cls_token: false,
      pooling_mode_mean_tokens: true,
    }),
  });
}
