/** @module The page: its tabs, and what they share. */

import type { Place } from "balgrad/browser";

import { byId } from "./dom.js";
import { OwnSamples } from "./own.js";
import { Race } from "./race.js";
import { Store } from "./state.js";

const TABS = ["emoji", "own"] as const;

const store = new Store();
const place = byId("place");
const privacy = "Nothing is sent anywhere: all is computed in this page.";
place.textContent = privacy;
const onPlace = ({ why }: Place): void => {
  place.textContent = `${privacy} ${why}`;
};

for (const tab of TABS) {
  const control = byId(`tab-${tab}`);
  control.addEventListener("click", () => {
    store.change({ tab });
  });
  control.addEventListener("keydown", ({ key }) => {
    if (key !== "ArrowLeft" && key !== "ArrowRight") return;
    const other = tab === "emoji" ? "own" : "emoji";
    store.change({ tab: other });
    byId(`tab-${other}`).focus();
  });
}

store.watch((state) => {
  for (const tab of TABS) {
    const isShown = tab === state.tab;
    byId(`panel-${tab}`).hidden = !isShown;
    const control = byId(`tab-${tab}`);
    control.setAttribute("aria-selected", String(isShown));
    control.tabIndex = isShown ? 0 : -1;
  }
});

new Race(byId("panel-emoji"), store, onPlace);
new OwnSamples(byId("panel-own"), store, onPlace);
