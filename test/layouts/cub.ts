/** @module CUB-200-2011 with captions in miniature: numbered lists, ten captions per bird. */

import { hash32 } from "../../src/random.js";
import { factsOf, type LayoutFacts, Oddity } from "./facts.js";
import { textOf, writeFiles, writePictures } from "./files.js";
import { picture } from "./pictures.js";

const ROOT = "CUB_200_2011";
const CAPTIONS = "cvpr2016_cub/text_c10";

/** Classes in order; as in the real data, the files' stem is capitalised otherwise than the folder. */
const CLASSES = [
  { name: "001.Black_footed_Albatross", stem: "Black_Footed_Albatross", hue: 30, look: "brown" },
  { name: "002.Laysan_Albatross", stem: "Laysan_Albatross", hue: 150, look: "white" },
  { name: "003.Sooty_Albatross", stem: "Sooty_Albatross", hue: 270, look: "sooty black" },
] as const;

const PER_CLASS = 10;
const CAPTIONS_PER_IMAGE = 10;

interface Bird {
  /** From 1, as in all lists. */
  readonly id: number;
  /** From 1. */
  readonly label: number;
  readonly folder: string;
  readonly stem: string;
  readonly hue: number;
  readonly look: string;
  readonly isTrain: boolean;
}

const BIRDS: readonly Bird[] = CLASSES.flatMap(({ name, stem, hue, look }, at) =>
  Array.from({ length: PER_CLASS }, (_, number) => {
    const id = at * PER_CLASS + number + 1;
    const file = `${stem}_${String(number + 1).padStart(4, "0")}_${795 + 1361 * id}`;
    // The third, sixth and ninth of each class test.
    const isTrain = number % 3 !== 2;
    return { id, label: at + 1, folder: name, stem: file, hue, look, isTrain };
  }),
);

/** A bird's path as `images.txt` has it. */
const pathOf = ({ folder, stem }: Bird): string => `${folder}/${stem}.jpg`;

const pathOfId = (id: number): string => pathOf(BIRDS[id - 1]!);

const ODD = {
  grey: new Oddity("JPEG with one channel", pathOfId(4), pathOfId(16)),
  blankCaption: new Oddity("the second caption is a blank line", pathOfId(5)),
  wordlessCaption: new Oddity("the first caption has no word", pathOfId(7)),
  replacementPairs: new Oddity("captions with pairs of U+FFFD", pathOfId(12)),
  noCaptions: new Oddity("image without a file of captions", pathOfId(21)),
  missingImage: new Oddity("listed, but the image is not on disk", pathOfId(25)),
};

function captionsOf(bird: Bird): string[] {
  const path = pathOf(bird);
  const parts = ["wings", "long beak", "round head", "narrow tail", "webbed feet"];
  const captions = Array.from(
    { length: CAPTIONS_PER_IMAGE },
    (_, at) => `this bird is ${bird.look}, with ${bird.look} ${parts[(at + bird.id) % 5]!}.`,
  );
  if (ODD.blankCaption.has(path)) captions[1] = "";
  if (ODD.wordlessCaption.has(path)) captions[0] = "...";
  return ODD.replacementPairs.has(path)
    ? captions.map((caption) => caption.replaceAll(", ", "\uFFFD\uFFFD"))
    : captions;
}

function writeLists(folder: string): Record<string, number> {
  const lists = {
    images: BIRDS.map((bird) => `${bird.id} ${pathOf(bird)}`),
    image_class_labels: BIRDS.map(({ id, label }) => `${id} ${label}`),
    train_test_split: BIRDS.map(({ id, isTrain }) => `${id} ${isTrain ? 1 : 0}`),
    bounding_boxes: BIRDS.map(({ id }) => `${id} 2.0 3.0 30.0 20.0`),
    classes: CLASSES.map(({ name }, at) => `${at + 1} ${name}`),
  };
  const rows: Record<string, number> = {};
  for (const [name, lines] of Object.entries(lists)) {
    rows[`${ROOT}/${name}.txt`] = lines.length;
    writeFiles(folder, { [`${ROOT}/${name}.txt`]: textOf(lines) });
  }
  return rows;
}

function writeCaptions(folder: string): void {
  for (const bird of BIRDS) {
    if (ODD.noCaptions.has(pathOf(bird))) continue;
    const base = `${CAPTIONS}/${bird.folder}/${bird.stem}`;
    // The twin of the captions for Torch; nobody but Torch can read it.
    const twin = Uint8Array.of(4, 0, 0, 0, 1);
    writeFiles(folder, { [`${base}.txt`]: textOf(captionsOf(bird)), [`${base}.t7`]: twin });
  }
}

/**
 * Writes the birds' archive and, beside it, the captions of Reed et al. 2016:
 * `CUB_200_2011/{images,*.txt}` and `cvpr2016_cub/text_c10/<NNN.Class>/<stem>.txt`.
 */
export async function writeCub(folder: string): Promise<LayoutFacts<keyof typeof ODD>> {
  const rows = writeLists(folder);
  writeCaptions(folder);
  await writePictures(
    folder,
    BIRDS.filter((bird) => !ODD.missingImage.has(pathOf(bird))),
    (bird) => `${ROOT}/images/${pathOf(bird)}`,
    (bird) =>
      picture(hash32(bird.stem), bird.hue, "jpeg", {
        grey: ODD.grey.has(pathOf(bird)),
      }),
  );
  const train = BIRDS.filter(({ isTrain }) => isTrain).length;
  return factsOf({ train, validation: 0, test: BIRDS.length - train }, rows, ODD);
}
