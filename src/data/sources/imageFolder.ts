/** @module Hugging Face's ImageFolder: pictures, and metadata about them in a table beside them. */

import { basename, dirname, relative, sep } from "node:path";

import { SOURCE_KINDS } from "../sourceSettings.js";
import { DataError } from "../../errors.js";
import { say, setting } from "../../message.js";
import type { DataConfig } from "../config.js";
import type { Assembly } from "../drafts.js";
import { IssueLog } from "../issues.js";
import { splitOfName } from "../splitWords.js";
import { readTables, type TableFile } from "../table.js";
import { hasNamedColumn } from "../tables/guess.js";
import { readContents } from "../tables/read.js";
import type { Row } from "../tables/row.js";
import { LeftOut } from "./folder/leftOut.js";
import { place, type PlacedFile, type PlacedTree } from "./folder/places.js";
import { readTree } from "./folder/tree.js";
import type { Layout, SourceConfig } from "./layout.js";

/** Columns of the metadata that name a picture; those of several take a list. */
const ONE = /^(?:.*_)?file_name$/;
const SEVERAL = /^(?:.*_)?file_names$/;

const namesOf = (rows: readonly Row[]): readonly string[] => [
  ...new Set(rows.flatMap(({ cells }) => [...cells.keys()])),
];

/** The column that names the pictures: `file_name`, else the only one that ends like it. */
function pictureColumn(path: string, names: readonly string[]): string | undefined {
  const candidates = names.filter((name) => ONE.test(name) || SEVERAL.test(name));
  const plain = candidates.find((name) => name === "file_name");
  if (plain !== undefined || candidates.length < 2) return plain ?? candidates[0];
  throw new DataError(
    `${path}: several columns name pictures: ${candidates.join(", ")}.`,
    say`A sample has one picture: choose the column with ${setting("data.columns.image")}.`,
  );
}

/** A cell of several pictures as its first; the others are named. */
function firstPicture({ cells, where }: Row, column: string, issues: IssueLog): unknown {
  const value = cells.get(column);
  if (!Array.isArray(value) || value.length < 2) return value;
  const message = `${value.length} pictures in "${column}", and a sample has one: the first is used`;
  issues.add("image-several", where, message, "kept");
  return value[0] as unknown;
}

/** A path without what may differ between a table and the files. */
const comparable = (path: string): string =>
  path
    .normalize("NFC")
    .replaceAll("\\", "/")
    .replace(/^(?:\.\/)+/, "")
    .toLowerCase();

/** One metadata file, and the pictures that it is the nearest one of. */
interface Described {
  readonly file: PlacedFile;
  readonly pictures: readonly PlacedFile[];
}

function describedBy({ metadata, pictures }: PlacedTree, leftOut: LeftOut): Described[] {
  const nearest = new Map<PlacedFile, PlacedFile[]>(metadata.map((file) => [file, []]));
  const deepestFirst = metadata.toSorted((a, b) => b.folders.length - a.folders.length);
  for (const picture of pictures) {
    const file = deepestFirst.find(({ path }) => picture.path.startsWith(dirname(path) + sep));
    if (file) nearest.get(file)!.push(picture);
    else leftOut.add("folder-unlisted", picture.path);
  }
  return metadata.map((file) => ({ file, pictures: nearest.get(file)! }));
}

/** Completes the rows of metadata by what the folders say. */
class MetadataRows {
  constructor(
    readonly tree: PlacedTree,
    readonly config: DataConfig,
    readonly issues: IssueLog,
    readonly leftOut: LeftOut,
  ) {}

  /** Whether the pictures' folders are classes: there are several. */
  get #hasClasses(): boolean {
    return new Set(this.tree.pictures.map(({ inner }) => inner.at(-1))).size > 1;
  }

  complete(rows: readonly Row[], { file, pictures }: Described): Row[] {
    const names = namesOf(rows);
    const { columns } = this.config;
    const column = columns.image ?? pictureColumn(file.path, names);
    if (column === undefined) return [...rows];
    const isLabelled =
      (columns.label ?? columns.labels) !== undefined || hasNamedColumn(names, "label");
    const folders = !isLabelled && this.#hasClasses;
    const hasSplits = columns.split !== undefined || hasNamedColumn(names, "split");
    const splits = !hasSplits && file.split === null && pictures.some(({ split }) => split);
    const placeOf = this.#places(dirname(file.path), pictures);
    const completed = rows.map((row): Row => {
      const path = firstPicture(row, column, this.issues);
      const place = typeof path === "string" ? placeOf(path) : undefined;
      const cells = new Map(row.cells).set(column, path);
      if (folders) cells.set("label", place?.label ?? null);
      if (splits) cells.set("split", place?.split ?? null);
      return { where: row.where, cells };
    });
    return [
      ...completed,
      ...this.#unlisted(completed, column, { file, pictures }, folders, splits),
    ];
  }

  /** Finds the folders of a row's picture by what the row calls it. */
  #places(root: string, pictures: readonly PlacedFile[]) {
    const known = new Map(
      pictures.map((picture) => [comparable(relative(root, picture.path)), picture]),
    );
    return (path: string): { readonly label?: string; readonly split?: string } => {
      const picture = known.get(comparable(path));
      // A picture that is not there has folders in its name all the same.
      const folders = comparable(path).split("/").slice(0, -1);
      const label = picture ? picture.inner.at(-1) : (folders.at(-1) ?? basename(root));
      const split = picture?.split ?? folders.find((name) => splitOfName(name) !== undefined);
      return { ...(label !== undefined && { label }), ...(split && { split }) };
    };
  }

  /** Pictures without a row: samples without text where their folder is the label, else left out. */
  #unlisted(
    rows: readonly Row[],
    column: string,
    { file, pictures }: Described,
    folders: boolean,
    splits: boolean,
  ): Row[] {
    if (this.config.images !== undefined) return [];
    const root = dirname(file.path);
    const listed = new Set(
      rows.flatMap(({ cells }) => {
        const path = cells.get(column);
        return typeof path === "string" ? comparable(path) : [];
      }),
    );
    return pictures.flatMap((picture): Row[] => {
      const path = relative(root, picture.path);
      // Rows may leave the ending out.
      const key = comparable(path);
      if (listed.has(key) || listed.has(key.replace(/\.[^./]+$/, ""))) return [];
      const label = picture.inner.at(-1);
      if (!folders || label === undefined) {
        this.leftOut.add("folder-unlisted", picture.path);
        return [];
      }
      const message = `${basename(file.path)} has no row for it`;
      this.issues.add("text-missing", picture.path, message, "modality-missing");
      const cells = new Map<string, unknown>([
        [column, path],
        ["label", label],
      ]);
      if (splits) cells.set("split", picture.split);
      return [{ where: picture.path, cells }];
    });
  }
}

async function read(folder: string, config: SourceConfig): Promise<Assembly> {
  const issues = new IssueLog();
  const leftOut = new LeftOut(folder);
  const tree = place(await readTree(folder, leftOut), leftOut);
  for (const { path } of tree.texts) leftOut.add("folder-text", path);
  const metadata = new MetadataRows(tree, config, issues, leftOut);
  const files: TableFile[] = [];
  for (const described of describedBy(tree, leftOut)) {
    const { path, split } = described.file;
    const { onBad, encoding, separator } = config;
    const { rows, repeated } = await readContents(path, { issues, onBad, encoding, separator });
    const contents = { rows: metadata.complete(rows, described), repeated };
    files.push({ path, split, contents });
  }
  const names = namesOf(files.flatMap(({ contents }) => contents?.rows ?? []));
  const image = config.columns.image ?? pictureColumn(folder, names);
  const columns = { ...config.columns, ...(image !== undefined && { image }) };
  leftOut.report(issues);
  return readTables(basename(folder), files, { ...config, columns }, issues);
}

/** Pictures with `metadata.csv`, `.jsonl` or `.parquet` at the root, in splits or in folders of classes. */
export const imageFolder: Layout = {
  name: "imagefolder",
  kind: SOURCE_KINDS.tables,
  summary:
    "pictures with metadata.csv, .jsonl or .parquet beside them, as Hugging Face's ImageFolder",
  expects: "metadata.csv with a column file_name, and the pictures that it names",
  async detect(folder) {
    const { metadata, pictures } = await readTree(folder, new LeftOut(folder));
    return metadata.length > 0 && pictures.length > 0;
  },
  read,
};
