/** @module All pictures, texts and metadata below a folder. */

import { closeSync, openSync, readSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";

import { isPictureFormat, SIGNATURE_BYTES, signatureOf } from "../../signature.js";
import { isImage } from "../layout.js";
import type { LeftOut } from "./leftOut.js";

/** A file below a folder. */
export interface TreeFile {
  readonly path: string;
  readonly name: string;
  /** Names of the folders on the way, from the folder on. */
  readonly folders: readonly string[];
}

/** What lies below a folder, in order of the paths. */
export interface Tree {
  readonly pictures: readonly TreeFile[];
  readonly texts: readonly TreeFile[];
  readonly metadata: readonly TreeFile[];
}

/** Files that describe the pictures beside and below them. */
export const METADATA = ["metadata.csv", "metadata.jsonl", "metadata.parquet"] as const;

const isMetadata = (name: string): boolean => (METADATA as readonly string[]).includes(name);

const SYSTEM = ["thumbs.db", "desktop.ini", ".ds_store", "icon\r", "__macosx", "@eadir"];

const isHidden = (name: string): boolean => /^(?:\.|__)/.test(name);

/** Whether nobody means a file or folder as data. */
function isPassedOver(name: string, path: string, leftOut: LeftOut): boolean {
  const isSystem = SYSTEM.includes(name.toLowerCase()) || name.startsWith("._");
  if (isSystem) leftOut.add("folder-system", path);
  else if (isHidden(name)) leftOut.add("folder-hidden", path);
  return isSystem || isHidden(name);
}

// Files that come with data sets and are no data.
const ABOUT = /^(?:readme|licen[cs]e|dataset_infos?\.json|dataset_dict\.json|state\.json)/i;

function startOf(path: string): Uint8Array {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(SIGNATURE_BYTES);
    return head.subarray(0, readSync(file, head, 0, SIGNATURE_BYTES, 0));
  } finally {
    closeSync(file);
  }
}

/** Whether a file is a picture by its content, whatever its name. */
function holdsPicture(path: string): boolean {
  try {
    const kind = signatureOf(startOf(path));
    // Those that cannot be read are named when they are decoded.
    return isPictureFormat(kind) || kind === "heic" || kind === "jxl" || kind === "jp2";
  } catch {
    return false;
  }
}

/** Links count as what they lead to. */
async function kindOf(path: string): Promise<"file" | "folder" | "special" | "nothing"> {
  const info = await stat(path).catch(() => null);
  if (!info) return "nothing";
  if (info.isDirectory()) return "folder";
  return info.isFile() ? "file" : "special";
}

class TreeReader {
  readonly pictures: TreeFile[] = [];
  readonly texts: TreeFile[] = [];
  readonly metadata: TreeFile[] = [];

  constructor(readonly leftOut: LeftOut) {}

  async read(folder: string, folders: readonly string[]): Promise<void> {
    const entries = await readdir(folder, { withFileTypes: true });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (isPassedOver(entry.name, path, this.leftOut)) continue;
      const plain = entry.isFile() ? "file" : entry.isDirectory() ? "folder" : null;
      const kind = plain ?? (await kindOf(path));
      if (kind === "file") this.#sort({ path, name: entry.name, folders });
      // A link to a folder could lead round in circles.
      else if (kind === "folder" && plain) await this.read(path, [...folders, entry.name]);
      else this.leftOut.add(kind === "special" ? "folder-special" : "folder-link", path);
    }
  }

  #sort(file: TreeFile): void {
    const { name, path } = file;
    if (isImage(name)) this.pictures.push(file);
    else if (isMetadata(name)) this.metadata.push(file);
    else if (ABOUT.test(name)) this.leftOut.add("folder-other", path);
    else if (extname(name).toLowerCase() === ".txt") this.texts.push(file);
    else if (holdsPicture(path)) this.pictures.push(file);
    else this.leftOut.add("folder-other", path);
  }
}

/** Reads the names of all that lies below a folder; files of other endings are told by their first bytes. */
export async function readTree(folder: string, leftOut: LeftOut): Promise<Tree> {
  const reader = new TreeReader(leftOut);
  await reader.read(folder, []);
  const { pictures, texts, metadata } = reader;
  return { pictures, texts, metadata };
}

/** A file's name without its ending. */
export const stemOf = ({ name }: TreeFile): string => basename(name, extname(name));
