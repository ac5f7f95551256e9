/** @module The tab of one's own samples: collect, train, try, download. */

import { type Place, pixelsOf, type Question, Trainer } from "balgrad/browser";

import { answerView, bars } from "./answers.js";
import { button, el, field, select, wordsOf } from "./dom.js";
import { deviceField, numberField } from "./race.js";
import { decoded, SampleList, SIDE, thumbnail } from "./samples.js";
import { LONGEST_TEXT, METHODS, type Store } from "./state.js";

const METHOD_LABELS = {
  robust: "robust (the default of balgrad train)",
  balgrad: "BalGrad",
  joint: "joint training",
} as const;

/** Largest batch; small collections are trained in smaller ones, so that an epoch has several steps. */
const LARGEST_BATCH = 32;

const NETWORK = {
  ...{ image: { side: SIDE, channels: [16, 32, 48] }, text: { buckets: 4096, width: 48 } },
  network: { embed: 64 },
};

/** An area where pictures can be dropped or chosen. */
function dropArea(id: string, words: string, multiple: boolean, take: (files: File[]) => void) {
  const input = el("input", { ...{ type: "file", accept: "image/*", id }, multiple });
  const area = el("div", { class: "drop" }, el("label", { for: id }, words), input);
  const pictures = (files: FileList | null | undefined): File[] => [...(files ?? [])];
  input.addEventListener("change", () => {
    take(pictures(input.files));
    input.value = "";
  });
  area.addEventListener("dragover", (event) => {
    event.preventDefault();
    area.classList.add("over");
  });
  area.addEventListener("dragleave", () => {
    area.classList.remove("over");
  });
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("over");
    take(pictures(event.dataTransfer?.files));
  });
  return area;
}

/** The tab. */
export class OwnSamples {
  readonly #store: Store;
  readonly #onPlace: (place: Place) => void;
  readonly #caption = el("input", { type: "text", id: "caption", maxlength: LONGEST_TEXT });
  readonly #label = el("input", { type: "text", id: "class", maxlength: 100 });
  readonly #list = new SampleList(() => {
    this.#showReady();
  });
  readonly #count = el("p", { class: "soft", id: "counts" });
  readonly #start: HTMLButtonElement;
  readonly #status = el("p", { class: "status", role: "status", id: "own-status" });
  readonly #progress = el("progress", { value: 0, max: 1, "aria-label": "Progress", hidden: true });
  readonly #scores = el("div");
  readonly #trial = el("div", { hidden: true });
  readonly #answer = el("div", { class: "card", "aria-live": "polite", id: "own-answer" });
  readonly #picture = el("div", { class: "shown" });
  #trainer: Trainer | null = null;
  #classes: readonly string[] = [];
  #isTraining = false;
  #pixels: Uint8Array | null = null;
  #asked = 0;

  constructor(panel: HTMLElement, store: Store, onPlace: (place: Place) => void) {
    this.#store = store;
    this.#onPlace = onPlace;
    this.#start = button("Train", () => void this.#startOrStop(), { class: "main" });
    const withoutPicture = button("Add the caption without a picture", () => {
      this.#list.add(null, this.#caption.value, this.#label.value);
    });
    panel.append(
      el(
        "div",
        { class: "controls" },
        ...[field("Class of the next samples", this.#label), field("Caption", this.#caption)],
        withoutPicture,
      ),
      el("h3", {}, "Pictures"),
      dropArea("pictures", "Drop pictures here, or choose some", true, (files) => {
        void this.#take(files);
      }),
      ...[this.#count, this.#list.element],
      el("h2", { class: "block" }, "Train"),
      el(
        "div",
        { class: "controls" },
        this.#start,
        this.#methodField(),
        numberField(store, "Epochs", "ownEpochs", { min: 1, max: 500 }),
        deviceField(store),
      ),
      ...[this.#progress, this.#status, this.#scores, this.#trial],
    );
    this.#buildTrial();
    this.#showReady();
  }

  #methodField(): HTMLElement {
    const options = METHODS.map((method) => [method, METHOD_LABELS[method]] as const);
    const choice = select(options, this.#store.state.method, (method) => {
      this.#store.change({ method: METHODS.find((one) => one === method)! });
    });
    return field("Method", choice);
  }

  async #take(files: readonly File[]): Promise<void> {
    const unreadable: string[] = [];
    for (const file of files) {
      const picture = await decoded(file).catch(() => null);
      if (picture) this.#list.add(picture, this.#caption.value, this.#label.value);
      else unreadable.push(file.name);
    }
    if (unreadable.length > 0) {
      this.#tell(`This browser cannot read ${unreadable.join(", ")}; left out.`, true);
    }
  }

  #showReady(): void {
    const { obstacle, counts, size } = this.#list;
    const each = [...counts].map(([name, count]) => `${name} ${count}`).join(", ");
    this.#count.textContent = size === 0 ? "" : `${size} samples: ${each}`;
    if (this.#isTraining) return;
    this.#start.disabled = obstacle !== null;
    this.#tell(obstacle ?? "Ready to train.");
  }

  async #startOrStop(): Promise<void> {
    if (this.#isTraining) {
      await this.#trainer?.stop();
      return;
    }
    this.#isTraining = true;
    this.#start.textContent = "Stop";
    this.#progress.hidden = false;
    this.#progress.value = 0;
    try {
      await this.#train();
      this.#trial.hidden = false;
    } catch (error) {
      this.#tell(wordsOf(error), true);
    }
    this.#isTraining = false;
    this.#start.textContent = "Train again";
    await this.#ask();
  }

  async #train(): Promise<void> {
    const { device, method, ownEpochs: epochs, seed } = this.#store.state;
    const { samples } = this.#list;
    this.#classes = samples.classes;
    this.#tell("Loading ONNX Runtime …");
    this.#trainer?.close();
    this.#trainer = null;
    const trainer = await Trainer.open({ device });
    this.#trainer = trainer;
    this.#onPlace(trainer.place);
    const batchSize = Math.max(4, Math.min(LARGEST_BATCH, Math.floor(samples.samples.length / 4)));
    const settings = { ...NETWORK, method, train: { epochs, seed, batchSize } };
    const result = await trainer.train(samples, settings, {
      onSteps: (records, total) => {
        const { step, epoch } = records.at(-1)!;
        this.#progress.value = step / total;
        const last = epoch + 1 === epochs ? "; then what answers beside the network is fitted" : "";
        this.#tell(`Epoch ${epoch + 1} of ${epochs}${last}`);
      },
      onEpoch: ({ validation }) => {
        this.#showScores(validation);
      },
    });
    const stopped = result.isComplete ? "Done." : "Stopped.";
    const seen = result.isSelfValidated
      ? " There are too few samples to test on others: the scores are of those that it was trained on."
      : "";
    this.#tell(`${stopped}${seen}`);
  }

  #showScores(validation: Readonly<Record<string, number>>): void {
    const share = (name: string): number => (validation[name] ?? 0) / 100;
    this.#scores.replaceChildren(
      el("h3", {}, "Right answers"),
      bars([
        ["picture and text", share("full")],
        ["picture missing", share("imageMissing"), "text"],
        ["text missing", share("textMissing"), "picture"],
      ]),
    );
  }

  #buildTrial(): void {
    const ask = el("textarea", { ...{ rows: 2, id: "ask", maxlength: LONGEST_TEXT } });
    ask.addEventListener("input", () => {
      this.#store.change({ ask: ask.value });
      void this.#ask();
    });
    this.#store.watch((state) => {
      if (document.activeElement !== ask) ask.value = state.ask;
    });
    const download = button("Download the model (ONNX)", () => void this.#download(), {
      id: "download",
    });
    this.#trial.append(
      el("h2", { class: "block" }, "Try it"),
      el(
        "div",
        { class: "pair" },
        el(
          "div",
          {},
          dropArea("try-picture", "Drop a picture here, or choose one", false, (files) => {
            void this.#show(files[0]);
          }),
          this.#picture,
          field("Text", ask),
        ),
        this.#answer,
      ),
      el("div", { class: "choices" }, download),
      el(
        "p",
        { class: "small soft" },
        "The file runs in any ONNX Runtime. Its metadata have the classes and how pictures and texts are prepared.",
      ),
    );
  }

  async #show(file: File | undefined): Promise<void> {
    const picture = file && (await decoded(file).catch(() => null));
    this.#pixels = picture ? pixelsOf(picture, SIDE) : null;
    const without = button("Without the picture", () => void this.#show(undefined));
    this.#picture.replaceChildren(...(picture ? [thumbnail(picture), without] : []));
    await this.#ask();
  }

  async #ask(): Promise<void> {
    const trainer = this.#trainer;
    if (!trainer) return;
    const { ask } = this.#store.state;
    const question: Question = {
      ...(this.#pixels && { pixels: this.#pixels }),
      ...(ask.trim() !== "" && { text: ask }),
    };
    const asked = ++this.#asked;
    const say = (...content: HTMLElement[]): void => {
      if (asked === this.#asked) this.#answer.replaceChildren(el("h2", {}, "Answer"), ...content);
    };
    if (Object.keys(question).length === 0) {
      say(el("p", { class: "soft" }, "Drop a picture, type a text, or both."));
      return;
    }
    try {
      const [answer] = await trainer.answer([question]);
      say(...answerView(answer!, this.#classes, "probabilities"));
    } catch (error) {
      say(el("p", { class: "soft" }, wordsOf(error)));
    }
  }

  async #download(): Promise<void> {
    try {
      const bytes = await this.#trainer!.exportOnnx();
      const address = URL.createObjectURL(new Blob([bytes]));
      el("a", { href: address, download: "balgrad.onnx" }).click();
      setTimeout(() => {
        URL.revokeObjectURL(address);
      }, 60_000);
    } catch (error) {
      this.#tell(wordsOf(error), true);
    }
  }

  #tell(words: string, isError = false): void {
    this.#status.textContent = words;
    this.#status.classList.toggle("warn", isError);
  }
}
