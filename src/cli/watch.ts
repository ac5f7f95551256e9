/** @module Use cases as the command line shows them: progress, and what there is to say on the way. */

import { commandWords } from "./words.js";
import { inWords } from "../message.js";
import type { Listener, UseCaseEvent } from "../usecases/events.js";
import type { Tuned } from "../compare/tune.js";
import { choiceLines } from "./choice.js";
import { printData } from "./describe.js";
import { printIssues } from "./issues.js";
import { reportToParent } from "./launch.js";
import { complain } from "./print.js";
import { showProgress } from "./progress.js";

/** Says which settings a search chose. */
function printTuned({ label, trials, chosen }: Tuned): void {
  const { options, train, figure } = trials[chosen]!;
  const settings = JSON.stringify({ ...options, ...train });
  complain(
    `${label}: trial ${chosen + 1} of ${trials.length}, ${settings}, validation ${figure?.toFixed(1) ?? "?"}`,
  );
}

/** Prints what an event says beside progress. */
function tell(event: UseCaseEvent): void {
  switch (event.kind) {
    case "prepared":
      printIssues(event.issues);
      for (const notice of event.notices) complain(`note: ${inWords(notice, commandWords)}.`);
      break;
    case "handed-in":
      complain(`Handed in: ${event.group}. Waiting for workers.`);
      break;
    case "hint":
      complain(`hint: ${inWords(event.message, commandWords)}`);
      break;
    case "device":
      complain(`Training runs on ${event.device}: ${event.why}.`);
      break;
    case "waiting":
      complain(`Waiting for ${event.holder}, which works in ${event.folder}.`);
      break;
    case "steps":
      reportToParent(event.records.at(-1)!.step / event.totalSteps);
      break;
    case "tuned":
      printTuned(event.tuned);
      break;
    case "chosen":
      choiceLines(event.choice).forEach(complain);
      break;
    default:
  }
}

/**
 * Runs a use case, and shows what it tells.
 *
 * @param describe - Whether to print what the data are, on standard output; default: no.
 */
export async function watched<T>(
  { describe = false }: { readonly describe?: boolean },
  work: (events: Listener<UseCaseEvent>) => Promise<T>,
): Promise<T> {
  const progress = showProgress();
  let isDescribed = !describe;
  try {
    return await work((event) => {
      progress.show(event);
      tell(event);
      if (event.kind === "opened" && !isDescribed) {
        printData(event.dataset);
        isDescribed = true;
      }
    });
  } finally {
    progress.stop();
  }
}
