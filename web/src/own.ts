/** @module The tab of one's own samples: collect, train, try, download. */

import { type Place, Trainer, type TrainingResult } from "balgrad/browser";

import { scoresView } from "./answers.js";
import { deviceField, methodField, numberField, StatusLine } from "./controls.js";
import { button, el, field } from "./dom.js";
import { dropArea } from "./drop.js";
import { decoded, SampleList, SIDE } from "./samples.js";
import { LONGEST_TEXT, type Store } from "./state.js";
import { Trial } from "./trial.js";

/** Largest batch; small collections are trained in smaller ones, so that an epoch has several steps. */
const LARGEST_BATCH = 32;
const SMALLEST_BATCH = 4;

const NETWORK = {
  ...{ image: { side: SIDE, channels: [16, 32, 48] }, text: { buckets: 4096, width: 48 } },
  network: { embed: 64 },
};

const batchSizeFor = (samples: number): number =>
  Math.max(SMALLEST_BATCH, Math.min(LARGEST_BATCH, Math.floor(samples / 4)));

/** What a training came to, in words. */
const outcome = ({ isComplete, isSelfValidated }: TrainingResult): string =>
  [
    isComplete ? "Done." : "Stopped. What was trained so far answers.",
    ...(isSelfValidated
      ? [
          "There are too few samples to test on others: the scores are of those that it was trained on.",
        ]
      : []),
  ].join(" ");

/** The tab. */
export class OwnSamples {
  readonly #store: Store;
  readonly #onPlace: (place: Place) => void;
  readonly #caption = el("input", { type: "text", id: "caption", maxlength: LONGEST_TEXT });
  readonly #label = el("input", { type: "text", id: "class", maxlength: 100 });
  readonly #list: SampleList;
  readonly #count = el("p", { class: "soft", id: "counts" });
  readonly #start: HTMLButtonElement;
  readonly #status = new StatusLine("own-status");
  readonly #scores = el("div");
  readonly #trial: Trial;
  #trainer: Trainer | null = null;
  #isTraining = false;

  constructor(panel: HTMLElement, store: Store, onPlace: (place: Place) => void) {
    this.#store = store;
    this.#onPlace = onPlace;
    this.#trial = new Trial(store);
    this.#list = new SampleList(() => {
      this.#showReady();
    });
    this.#start = button("Train", () => void this.#startOrStop(), { class: "main" });
    panel.append(
      ...this.#collecting(),
      el("h2", { class: "block" }, "Train"),
      el(
        "div",
        { class: "controls" },
        this.#start,
        methodField(store),
        numberField(store, "Epochs", "ownEpochs", { min: 1, max: 500 }),
        deviceField(store),
      ),
      ...[...this.#status.elements, this.#scores, this.#trial.element],
    );
    this.#showReady();
  }

  #collecting(): HTMLElement[] {
    const withoutPicture = button("Add the caption without a picture", () => {
      this.#list.add(null, this.#caption.value, this.#label.value);
    });
    const drop = dropArea("pictures", "Drop pictures here, or choose some", true, (files) => {
      void this.#take(files);
    });
    return [
      el(
        "div",
        { class: "controls" },
        ...[field("Class of the next samples", this.#label), field("Caption", this.#caption)],
        withoutPicture,
      ),
      el("h3", {}, "Pictures"),
      ...[drop, this.#count, this.#list.element],
    ];
  }

  async #take(files: readonly File[]): Promise<void> {
    const unreadable: string[] = [];
    for (const file of files) {
      const picture = await decoded(file).catch(() => null);
      if (picture) this.#list.add(picture, this.#caption.value, this.#label.value);
      else unreadable.push(file.name);
    }
    if (unreadable.length > 0) {
      const names = unreadable.join(", ");
      this.#status.tell(`This browser cannot read ${names}; left out.`, true);
    }
  }

  #showReady(): void {
    const { obstacle, counts, size } = this.#list;
    const each = [...counts].map(([name, count]) => `${name} ${count}`).join(", ");
    this.#count.textContent = size === 0 ? "" : `${size} samples: ${each}`;
    if (this.#isTraining) return;
    this.#start.disabled = obstacle !== null;
    this.#status.tell(obstacle ?? "Ready to train.");
  }

  async #startOrStop(): Promise<void> {
    if (this.#isTraining) {
      await this.#trainer?.stop();
      return;
    }
    this.#isTraining = true;
    this.#start.textContent = "Stop";
    this.#trial.close();
    try {
      await this.#train();
    } catch (error) {
      this.#status.fail(error);
    }
    this.#isTraining = false;
    this.#start.textContent = "Train again";
  }

  async #train(): Promise<void> {
    const { device, method, ownEpochs: epochs, seed } = this.#store.state;
    const { samples } = this.#list;
    this.#status.tell("Loading ONNX Runtime …");
    this.#status.advance(0);
    this.#trainer?.close();
    this.#trainer = null;
    const trainer = await Trainer.open({ device });
    this.#trainer = trainer;
    this.#onPlace(trainer.place);
    const batchSize = batchSizeFor(samples.samples.length);
    const settings = { ...NETWORK, method, train: { epochs, seed, batchSize } };
    const result = await trainer.train(samples, settings, {
      onSteps: (records, total) => {
        const { step, epoch } = records.at(-1)!;
        this.#status.advance(step / total);
        const last = step === total ? "; fitting what answers beside the network" : "";
        this.#status.tell(`Epoch ${epoch + 1} of ${epochs}${last}`);
      },
      onEpoch: ({ validation }) => {
        this.#scores.replaceChildren(...scoresView("Right answers", validation));
      },
    });
    this.#status.tell(outcome(result));
    await this.#trial.open({ trainer, classes: samples.classes });
  }
}
