/** @module A look at data: counts, trouble, and whether they are fit to train on. */

import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";

import { programWords, type Words } from "../message.js";
import { checkDataset, type DataReport } from "../check/check.js";
import { dataExamples, duplicatePairs } from "../check/examples.js";
import { prepareDataset } from "../prepare/prepare.js";
import { renderDataPage } from "../report/dataPage.js";
import { checkConfig } from "../run/config.js";
import { openData, plainOptions } from "../run/data.js";
import { writeFileAtomic } from "../files/atomic.js";
import { reading } from "./data.js";
import type { DataEvent, Watch } from "./events.js";
import { stoppable } from "./interrupted.js";
import type { GivenSettings } from "./settings.js";

/** What to look at. */
export interface CheckRequest extends GivenSettings, Watch<DataEvent> {
  /** File for a page with example pictures; default: no page. */
  readonly html?: string | undefined;
  /** The words of messages on the page; default: those of programs. */
  readonly words?: Words;
}

/** Address of a file in a page: relative where the two are on one drive. */
function linkFrom(page: string): (file: string) => string {
  const folder = dirname(resolve(page));
  return (file) => {
    const path = relative(folder, resolve(file));
    if (isAbsolute(path)) return pathToFileURL(path).href;
    return path.split(sep).map(encodeURIComponent).join("/");
  };
}

/**
 * Reads data, and reports what is in them and what is wrong with them. Data that are not fit to train on are
 * reported, too.
 *
 * @throws {DataError} for data that cannot be read.
 * @throws {Interrupted} after the signal.
 */
export async function checkData(request: CheckRequest): Promise<DataReport> {
  const { settings, origin, html, words = programWords, signal } = request;
  const config = checkConfig(settings, origin);
  const onProgress = reading(request);
  return stoppable(signal, null, async () => {
    const dataset = await openData(config, { onProgress });
    const result = await prepareDataset(dataset, { ...(await plainOptions(config)), onProgress });
    const report = checkDataset(dataset, result);
    if (html !== undefined) {
      const page = renderDataPage(report, {
        examples: await dataExamples(dataset, result),
        pairs: await duplicatePairs(report.duplicates, result),
        linkOf: linkFrom(html),
        words,
      });
      await writeFileAtomic(html, page);
    }
    return report;
  });
}
