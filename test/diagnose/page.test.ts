/** @module The page of a diagnosis: escaped, filtered without a script, readable offline. */

import { expect, test } from "vitest";

import type { ExplainedSample } from "../../src/diagnose/explain.js";
import { ALL_CASES } from "../../src/impairments/cases.js";
import { programWords } from "../../src/message.js";
import { type DiagnosisPage, renderDiagnosis } from "../../src/report/diagnosisPage.js";

const EVIL = '<img src=x onerror="alert(1)">';

const sample = (id: string, label: string): ExplainedSample => ({
  ...{ id, truth: [EVIL], text: `a ${EVIL} text`, picture: "data:image/png;base64,AAAA" },
  answers: Object.fromEntries(
    ALL_CASES.map((name) => [
      name,
      { labels: [label], first: label, probability: 0.5, sure: 0.5, decidedBy: "both" },
    ]),
  ) as unknown as ExplainedSample["answers"],
  attribution: {
    ...{ label, probability: 0.5 },
    words: [
      { name: EVIL, weight: 0.4 },
      { name: "text", weight: -0.2 },
    ],
    regions: [{ name: "1,1", weight: 0.1 }],
  },
});

const page = (samples: readonly ExplainedSample[]): string =>
  renderDiagnosis(
    {
      ...{ folder: EVIL, method: "joint", data: EVIL, split: "test", tested: 2, samples },
      diagnosis: {
        ...{ costs: [], findings: [EVIL], remedies: [EVIL] },
        signs: { steps: 0, conflict: null, cosine: null, developments: [], heads: null },
        classes: [
          {
            ...{ label: EVIL, samples: 1, full: 1, precision: 1, f1: 1 },
            ...{ imageMissing: 1, textMissing: 1, needs: null },
          },
        ],
      },
    } as unknown as DiagnosisPage,
    programWords,
  );

test("shows samples with what mattered, and nothing of the data becomes markup", () => {
  const html = page([sample("1", EVIL), sample("2", "other")]);
  expect(html).not.toContain(EVIL);
  expect(html).not.toContain("<script");
  // The first is answered rightly, the second wrongly.
  expect(html.match(/class="sample [^"]*"/g)).toEqual([
    'class="sample class-0"',
    'class="sample wrong-full wrong-image-missing wrong-text-missing class-0"',
  ]);
  expect(html).toContain("--for:1.000;--against:0.000");
  expect(html).toContain("--for:0.000;--against:0.500");
  expect(html).not.toMatch(/(src|href)="(?!data:)/);
});

test("has no gallery without samples", () => {
  expect(page([])).not.toContain('gallery"');
  expect(page([sample("1", "x")])).toContain('class="gallery"');
});
