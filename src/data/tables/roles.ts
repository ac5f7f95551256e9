/** @module What columns of each role are called and what they hold. */

import type { ColumnFacts } from "./facts.js";

/** What a column can hold. */
export type Field = "id" | "image" | "text" | "label" | "split" | "group";

/** Fields that are guessed. Nothing is taken for a group: it would change the split. */
export type GuessedField = Exclude<Field, "group">;

/** How a column of a role is told. */
export interface Role {
  /**
   * Names, those that fit best first; within a rank none is better than another. Names are compared without case, spaces,
   * hyphens and underscores.
   */
  readonly ranks: readonly (readonly string[])[];
  /** Names that could as well mean something else: the values must fit. */
  readonly vague: readonly string[];
  /** Whether values can belong to the role. */
  readonly fits: (facts: ColumnFacts) => boolean;
  /** Whether values belong to the role whatever the column's name. */
  readonly shows: (facts: ColumnFacts) => boolean;
}

const MOST = 0.8;

const never = (): boolean => false;

// Short tables tell little: their values contradict a name only by what they are.
const FEW_ROWS = 20;

/** How each field is guessed. */
export const ROLES: Readonly<Record<GuessedField, Role>> = {
  image: {
    ranks: [
      ["image", "img", "picture", "photo"],
      [
        ...["imagepath", "imgpath", "picturepath", "photopath", "imagefile", "imgfile"],
        ...["imagefilename", "imgname", "imagename", "filename", "filepath", "pic"],
        ...["imagefilepath", "imgfilepath", "pictures", "photos", "images", "imgs", "poster"],
        ...["posterpath", "imagelocation", "imagebytes"],
      ],
      ["file", "path", "imageurl", "imgurl", "pictureurl", "photourl", "posterurl"],
      ["thumbnail", "thumb", "thumbnailurl"],
    ],
    vague: ["url", "uri", "link", "src", "source", "location", "media", "meme", "screenshot"],
    fits: ({ pictures }) => pictures >= 0.5,
    shows: ({ pictures }) => pictures >= MOST,
  },
  text: {
    ranks: [
      ["text"],
      ["caption", "sentence", "captions", "sentences", "texts", "fulltext", "rawtext"],
      [
        ...["title", "description", "tweet", "review", "comment", "body", "content", "headline"],
        ...["reviewtext", "tweettext", "commenttext", "posttext", "ocrtext", "textocr", "ocr"],
        ...["textcorrected", "utterance", "abstract", "plot", "summary", "message", "document"],
        ...["prompt", "transcript", "productname", "producttitle", "reviewbody", "posttitle"],
        ...["cleantext", "textclean", "cleanedtext", "article", "question", "overview"],
      ],
    ],
    vague: ["name", "post", "notes", "note", "input", "data", "words", "alt", "alttext"],
    fits: ({ texts, pictures, splits }) => texts >= 0.5 && pictures < 0.5 && splits < MOST,
    shows: ({ texts, words, distinct, filled }) =>
      texts >= MOST && words >= 4 && distinct > filled / 2,
  },
  label: {
    ranks: [
      ["label", "labels"],
      [
        ...["class", "category", "target", "genres", "genre", "categories", "classes", "targets"],
        ...["y", "tag", "tags", "classlabel", "classname", "labelname", "groundtruth", "gold"],
        ...["goldlabel", "sentiment", "emotion", "topic", "topics", "hateful", "hate", "toxic"],
        ...["ishateful", "istoxic", "isspam", "spam", "sarcastic", "sarcasm", "intent", "stance"],
        ...["humour", "humor", "offensive", "overallsentiment", "polarity", "species", "breed"],
      ],
    ],
    vague: ["rating", "stars", "score", "type", "kind", "answer", "output", "annotation"],
    fits: ({ distinct, filled, lists }) =>
      lists > 0.5 || filled <= FEW_ROWS || distinct <= filled / 2,
    shows: never,
  },
  split: {
    ranks: [["split"], ["set", "partition", "datasplit", "splits"]],
    vague: ["subset", "fold", "phase", "usage", "stage", "mode", "part", "dataset"],
    fits: ({ splits }) => splits >= 0.5,
    shows: ({ splits, splitNames }) => splits === 1 && splitNames > 1,
  },
  id: {
    ranks: [["id"], ["uid", "key", "uuid", "guid"]],
    vague: [
      ...["imageid", "imgid", "postid", "tweetid", "sampleid", "itemid", "index", "idx"],
      ...["productid", "memeid", "reviewid", "rowid", "textid", "commentid", "movieid", "imdbid"],
    ],
    fits: ({ distinct, filled }) => distinct === filled,
    shows: never,
  },
};
