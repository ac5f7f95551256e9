/** @module One of the two models that train side by side: its see-saw, curves, scores and answers. */

import type { EpochRecord, Question, Samples, StepRecord, Trainer } from "balgrad/browser";

import { answerView, scoresView } from "./answers.js";
import { CONFLICT_TITLE, ConflictStrip, LineChart } from "./chart.js";
import { el, wordsOf } from "./dom.js";
import { Seesaw } from "./seesaw.js";
import type { State } from "./state.js";

/** The methods that are compared. */
export const CONTESTANTS = [
  {
    method: "joint",
    title: "Joint training",
    about: "Minimises the loss of the joint classifier, and nothing else.",
  },
  {
    method: "balgrad",
    title: "BalGrad",
    about: "Pulls the modality that is behind, and takes conflicts out of the gradients.",
  },
] as const;

/** A small network: it trains within seconds. */
const NETWORK = {
  image: { channels: [16, 32, 48] },
  text: { buckets: 4096, width: 48 },
  network: { embed: 64 },
};

const NOT_TRAINED = "Train the models first.";

const WEIGHTS_TITLE = "How hard each modality is pulled";

/** What stands in the place of a chart. */
const nothing = (title: string, words: string): HTMLElement =>
  el("div", {}, el("h3", {}, title), el("p", { class: "small soft" }, words));

/** A model in the race. */
export class Contestant {
  /** Its training. */
  readonly element: HTMLElement;
  /** Its answer. */
  readonly answers: HTMLElement;
  /** Steps done. */
  steps = 0;
  readonly #method: string;
  readonly #seesaw = new Seesaw();
  readonly #losses = new LineChart("Loss of each head", [
    { look: "picture", label: "picture", metric: "loss.image" },
    { look: "text", label: "text", metric: "loss.text" },
    { look: "both", label: "both", metric: "loss.task" },
  ]);
  readonly #weights: LineChart | null;
  readonly #conflict: ConflictStrip | null;
  readonly #scores = el("div");
  readonly #said = el("div", {}, el("p", { class: "soft" }, NOT_TRAINED));
  #trainer: Trainer | null = null;
  #asked = 0;

  constructor({ method, title, about }: (typeof CONTESTANTS)[number]) {
    this.#method = method;
    const balances = method === "balgrad";
    this.#weights = balances
      ? new LineChart(
          WEIGHTS_TITLE,
          [
            { look: "picture", label: "w_v, picture", metric: "weight.image" },
            { look: "text", label: "w_l, text", metric: "weight.text" },
          ],
          1,
        )
      : null;
    this.#conflict = balances ? new ConflictStrip() : null;
    this.element = el(
      "section",
      { class: "card", id: `race-${method}` },
      el("h2", {}, title),
      el("p", { class: "small soft" }, about),
      ...[this.#seesaw.element, this.#scores, this.#losses.element],
      this.#weights?.element ?? nothing(WEIGHTS_TITLE, "Not at all: both are left to themselves."),
      this.#conflict?.element ??
        nothing(CONFLICT_TITLE, "Joint training does not look for conflicts."),
    );
    this.answers = el(
      "section",
      { class: "card", id: `answer-${method}`, "aria-live": "polite" },
      ...[el("h2", {}, title), this.#said],
    );
    this.#showScores(null);
  }

  /** Largest loss so far. */
  get largest(): number {
    return this.#losses.largest;
  }

  /** Forgets the model before. */
  clear(): void {
    this.#trainer?.close();
    this.#trainer = null;
    this.steps = 0;
    this.#seesaw.clear();
    this.#losses.clear();
    this.#weights?.clear();
    this.#conflict?.clear();
    this.#showScores(null);
    this.#say(el("p", { class: "soft" }, "Training …"));
  }

  /** Trains with a trainer. */
  async train(
    trainer: Trainer,
    samples: Samples,
    { seed, epochs }: Pick<State, "seed" | "epochs">,
    onChange: (totalSteps: number | null) => void,
  ): Promise<boolean> {
    this.#trainer = trainer;
    const settings = {
      ...{ ...NETWORK, method: this.#method, beside: false, train: { seed, epochs } },
    };
    const { isComplete } = await trainer.train(samples, settings, {
      onSteps: (records, totalSteps) => {
        for (const record of records) this.#add(record);
        onChange(totalSteps);
      },
      onEpoch: ({ validation }) => {
        this.#showScores(validation);
        onChange(null);
      },
    });
    return isComplete;
  }

  /** Stops the training. */
  async stop(): Promise<void> {
    // A worker that has failed has nothing to stop; its own error is shown already.
    await this.#trainer?.stop().catch(() => undefined);
  }

  /** Draws what was added. */
  draw(totalSteps: number, largest: number): void {
    this.#seesaw.draw();
    this.#losses.draw(totalSteps, largest);
    this.#weights?.draw(totalSteps, 1);
    this.#conflict?.draw(totalSteps);
  }

  /** Asks the model; the latest question counts. */
  async ask(
    question: Question | null,
    classes: readonly string[],
    right: number | null,
  ): Promise<void> {
    const asked = ++this.#asked;
    if (!this.#trainer) return;
    if (!question) {
      this.#say(el("p", { class: "soft" }, "Nothing is left to classify."));
      return;
    }
    try {
      const [answer] = await this.#trainer.answer([question]);
      if (asked === this.#asked) this.#say(...answerView(answer!, classes, "joint", right));
    } catch (error) {
      if (asked === this.#asked) this.#say(el("p", { class: "soft" }, wordsOf(error)));
    }
  }

  #add(record: StepRecord): void {
    this.steps = record.step;
    this.#seesaw.add(record);
    this.#losses.add(record);
    this.#weights?.add(record);
    this.#conflict?.add(record);
  }

  #showScores(validation: EpochRecord["validation"] | null): void {
    const title = "Right answers on emoji that it has not seen";
    this.#scores.replaceChildren(...scoresView(title, validation));
  }

  #say(...content: readonly HTMLElement[]): void {
    this.#said.replaceChildren(...content);
  }
}
