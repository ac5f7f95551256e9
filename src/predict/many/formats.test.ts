import { expect, test } from "vitest";

import type { Assembly } from "../../data/drafts.js";
import { IssueLog } from "../../data/issues.js";
import type { ModelCard } from "../card.js";
import { answerWriter, formatOf } from "./formats.js";
import type { SampleAnswer } from "./samples.js";
import { assertTakesAll } from "./takes.js";

const answer: SampleAnswer = {
  id: 'a, "b"',
  predictions: [
    { label: "sci-fi, old", probability: 0.98765432, decided: true },
    { label: "drama", probability: 0.5, decided: true },
    { label: "=war", probability: 1e-9, decided: false },
  ],
  ...{ decidedBy: "both", sure: 0.74382716, unusual: ["image", "text"], missing: [] },
  ...{ warnings: ["One.", "Two."], unusable: null },
};
const card = { classes: ["=war", "drama", "sci-fi, old"], labelKind: "multi-label" } as const;

test("several labels and odd names, exactly, in CSV and JSON Lines", () => {
  const wanted = { top: 1, probabilities: true };
  const csv = answerWriter("csv", card, wanted);
  expect(csv.head).toBe(
    'id,labels,sure,decidedBy,unusual,missing,warnings,label1,probability1,p:=war,p:drama,"p:sci-fi, old"\n',
  );
  expect(csv.line(answer)).toBe(
    '"a, ""b""","[""sci-fi, old"",""drama""]",0.743827,both,image text,,One. Two.,"sci-fi, old",0.987654,1e-9,0.5,0.987654\n',
  );
  expect(JSON.parse(answerWriter("jsonl", card, wanted).line(answer))).toEqual({
    ...{ id: 'a, "b"', labels: ["sci-fi, old", "drama"], sure: 0.743827, decidedBy: "both" },
    ...{ unusual: ["image", "text"], missing: [], warnings: ["One.", "Two."] },
    predictions: [{ label: "sci-fi, old", probability: 0.987654, decided: true }],
    probabilities: { "sci-fi, old": 0.987654, drama: 0.5, "=war": 1e-9 },
  });
  expect(formatOf("A.NDJSON")).toBe("jsonl");
});

test("features where a model encodes, or the other way round, are refused before anything is answered", () => {
  const image = { kind: "file", path: "a.png" } as const;
  const draft = { id: "a", where: "t.csv:2", image, text: null, labels: [], split: null };
  const samples = (features?: Assembly["features"]): Assembly => ({
    ...{ name: "t.csv", labelKind: "single-label", drafts: [draft], issues: new IssueLog() },
    ...{ origin: "here", ...(features && { features }) },
  });
  const model = (type: object): ModelCard =>
    ({ image: type, text: { type: "bag" } }) as unknown as ModelCard;
  const [encodes, takes] = [model({ type: "convolutional" }), model({ type: "features", size: 6 })];
  const check = (own: Assembly, of: ModelCard) => () => {
    assertTakesAll(own, of);
  };
  expect(check(samples(), encodes)).not.toThrow();
  expect(check(samples({ image: 6 }), takes)).not.toThrow();
  expect(check(samples({ image: 6 }), encodes)).toThrow("The model encodes pictures itself");
  expect(check(samples({ image: 5 }), takes)).toThrow("features of 5 numbers");
  expect(check(samples(), takes)).toThrow("it cannot encode pictures");
});
