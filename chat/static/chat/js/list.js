// The list of chats comes in parts as one scrolls, and follows what every answer brings of it: its first part, or all
// that the page shows. What stands further down stays, and so do the place one has scrolled to and the focus. While a
// menu or a title is open in it, it waits.
const list = () => document.getElementById("chats");
const rowsOf = (root) => [...root.querySelectorAll("section:not(.pinned) li")];
const keyOf = (row) => [Number(row.dataset.time), row.id.replace("chat-", "")];
const isBusy = () => list().querySelector("details[open], .rename:not([data-done])") !== null;
let waiting = null;

// Further parts

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) htmx.trigger(target, "near");
  },
  { rootMargin: "50%" },
);

document.addEventListener("htmx:load", ({ target }) => {
  for (const link of target.querySelectorAll(".older a")) near.observe(link);
});

// A chat that has moved up since is there already. The link goes; the keyboard goes on at the first row it brought.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const link = detail.requestConfig.elt;
  if (!link.matches(".older a")) return;
  const isFocused = link === document.activeElement;
  const there = new Map(rowsOf(list()).map((row) => [row.id, row]));
  const settle = () => {
    const fresh = rowsOf(list()).filter((row) => there.get(row.id) !== row);
    for (const row of fresh) if (there.has(row.id)) row.remove();
    if (isFocused) fresh.find((row) => row.isConnected)?.querySelector("a").focus();
    tidy();
  };
  document.addEventListener("htmx:afterSwap", settle, { once: true, capture: true }); // before focus.js misses the link
});

// What answers bring

document.addEventListener("htmx:configRequest", ({ detail }) => {
  const last = rowsOf(list()).at(-1);
  if (detail.verb !== "get" && last) detail.parameters.until = keyOf(last).join(".");
});

document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  if (detail.target !== list()) return;
  detail.shouldSwap = false;
  waiting = detail.fragment.firstElementChild;
  update();
});

// What was done by a menu has closed it.
document.addEventListener("htmx:beforeOnLoad", ({ target, detail }) => {
  if (detail.xhr.status < 400 && target.matches(".choices form, .choices a")) target.closest("details").open = false;
});

for (const settled of ["toggle", "chat:renamed"]) document.addEventListener(settled, update, { capture: true });

function update() {
  if (!waiting || isBusy()) return;
  const kept = placeIn(list());
  merge(waiting);
  waiting = null;
  restore(kept);
}

function merge(fresh) {
  const rows = rowsOf(fresh);
  const ids = new Set([...fresh.querySelectorAll("li")].map((row) => row.id));
  const isWhole = !fresh.querySelector(".older");
  list().querySelectorAll(".pinned, .none").forEach((each) => each.remove());
  for (const row of rowsOf(list())) if (isWhole || ids.has(row.id) || !isBelow(row, rows.at(-1))) row.remove();
  tidy();
  const isAll = !list().querySelector("li");
  (isAll ? list() : fresh).querySelector(".older")?.remove();
  list().prepend(...fresh.children);
  list().dataset.version = fresh.dataset.version;
  tidy();
  htmx.process(list());
  for (const link of list().querySelectorAll(".older a")) near.observe(link);
}

// Keys are a time and an id: the latest comes first.
function isBelow(row, other) {
  const [time, id] = keyOf(row);
  const [otherTime, otherId] = keyOf(other);
  return time === otherTime ? id < otherId : time < otherTime;
}

// No day is empty, and none stands there twice.
function tidy() {
  for (const section of list().querySelectorAll("section")) {
    const before = section.previousElementSibling;
    if (before?.dataset.title === section.dataset.title) before.querySelector("ul").append(...section.querySelectorAll("li"));
    if (!section.querySelector("li")) section.remove();
  }
}

// Where one is in the list: what has the focus, and the first row in sight.

function placeIn(element) {
  const focused = element.contains(document.activeElement) ? document.activeElement.closest("li") : null;
  const top = element.getBoundingClientRect().top;
  const seen = element.scrollTop > 0 && rowsOf(element).find((row) => row.getBoundingClientRect().bottom > top);
  return {
    focused: focused?.id,
    kind: document.activeElement.localName === "a" ? "a" : "button",
    next: (focused?.nextElementSibling ?? focused?.previousElementSibling)?.id,
    seen: seen?.id,
    height: seen ? seen.getBoundingClientRect().top : 0,
  };
}

function restore({ focused, kind, next, seen, height }) {
  const row = document.getElementById(seen);
  if (row) list().scrollBy({ top: row.getBoundingClientRect().top - height, behavior: "instant" });
  const again = document.getElementById(focused) ?? document.getElementById(next);
  if (focused && !list().contains(document.activeElement)) again?.querySelector(kind)?.focus({ preventScroll: true });
}

// A row's menu is fetched when it is asked for, and is then in the place of what asked for it.
document.addEventListener("submit", (event) => {
  if (!event.target.matches(".manage")) return;
  event.preventDefault();
  htmx.ajax("GET", event.target.action, { source: event.target, target: event.target, swap: "outerHTML" });
});

document.addEventListener("htmx:load", ({ target }) => {
  if (target.matches(".chats .menu")) target.querySelector("summary").focus();
});
