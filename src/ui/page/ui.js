// Keeps a page up to date: replaces the parts that the server says have changed, and keeps focus, scroll and what is open.
// Without it the page shows what was there when it was loaded.

const parts = document.getElementById("parts");
const connection = document.getElementById("connection");
const form = document.getElementById("choose");

/** Milliseconds before a connection that was refused is tried again; a lost one is by the browser itself. */
const AGAIN_MS = 5000;

let source = null;
let timer = 0;

function say(text) {
  if (connection.textContent !== text) connection.textContent = text;
}

/** What a reader has done inside of a part, to be done again in its new contents. */
function kept(part) {
  const active = document.activeElement;
  const focus = part.contains(active) ? active.id : "";
  const scrolled = [...part.querySelectorAll(".scroll")].map(({ scrollLeft }) => scrollLeft);
  const open = [...part.querySelectorAll("details[open]")].map(({ id }) => id);
  return () => {
    part.querySelectorAll(".scroll").forEach((element, at) => {
      element.scrollLeft = scrolled[at] ?? 0;
    });
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focus !== "") document.getElementById(focus)?.focus({ preventScroll: true });
  };
}

function partOf(id) {
  const found = [...parts.children].find(({ dataset }) => dataset.part === id);
  if (found) return found;
  const part = document.createElement("div");
  part.dataset.part = id;
  return part;
}

function replace(part, html) {
  const restore = kept(part);
  part.innerHTML = html;
  restore();
}

function update({ order, parts: changed }) {
  for (const part of [...parts.children]) {
    if (!order.includes(part.dataset.part)) part.remove();
  }
  order.forEach((id, at) => {
    const part = partOf(id);
    if (parts.children[at] !== part) parts.insertBefore(part, parts.children[at] ?? null);
    if (Object.hasOwn(changed, id)) replace(part, changed[id]);
  });
}

function listen(since) {
  clearTimeout(timer);
  source?.close();
  const page = location.pathname + location.search;
  const current = new EventSource(`/events?${new URLSearchParams({ page, since })}`);
  source = current;
  current.addEventListener("open", () => say(""));
  current.addEventListener("update", ({ data, lastEventId }) => {
    parts.dataset.version = lastEventId;
    update(JSON.parse(data));
  });
  current.addEventListener("end", () => {
    current.close();
    say("The server has ended. This is how it was then.");
    timer = setTimeout(listen, AGAIN_MS, parts.dataset.version);
  });
  current.addEventListener("error", () => {
    if (source !== current) return;
    if (connection.textContent === "") say("No connection to the server. This is how it was last.");
    if (current.readyState !== EventSource.CLOSED) return;
    timer = setTimeout(listen, AGAIN_MS, parts.dataset.version);
  });
}

/** Shows another state of the list; the address has all of it. */
function show(address, isStep) {
  if (isStep) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  const params = new URLSearchParams(location.search);
  if (form && document.activeElement?.id !== "filter") {
    document.getElementById("filter").value = params.get("filter") ?? "";
  }
  if (form) form.elements.namedItem("sort").value = params.get("sort") ?? "run";
  listen("");
}

/** The address that sending the form would lead to. */
function asked() {
  const params = new URLSearchParams(new FormData(form));
  if (params.get("filter") === "") params.delete("filter");
  if (params.get("sort") === "run") params.delete("sort");
  return params.size === 0 ? "/" : `/?${params}`;
}

if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(asked(), true);
  });
  parts.addEventListener("change", (event) => {
    if (event.target.name === "run") show(asked(), false);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("th[aria-sort] a, thead a, form#choose a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    show(link.getAttribute("href"), true);
  });
  addEventListener("popstate", () => {
    document.getElementById("filter").blur();
    show(location.pathname + location.search, false);
  });
}

if (parts) listen(parts.dataset.version);
