// Single keys for the reading desk. They do nothing while one types, and may be switched off (WCAG 2.1.4).
import { recall, remember } from "./memory.js";

const SWITCH = "admin-keys"; // in memory: "off", or nothing
const VERDICTS = { g: "good", b: "bad", u: "unsure" };
const TYPING = "input, textarea, select, [contenteditable], dialog";
const OF_THE_BROWSER = "a, button, summary, progress"; // what Space presses

const help = document.getElementById("keys");
const answers = () => [...document.querySelectorAll('[data-entry="assistant"]')];

// The answer one is at: where the focus is, else the first that is still in sight.
function current() {
  const focused = document.activeElement.closest('[data-entry="assistant"]');
  return focused ?? answers().find((answer) => answer.getBoundingClientRect().bottom > 0) ?? null;
}

function step(by) {
  const all = answers();
  const focused = document.activeElement.closest('[data-entry="assistant"]');
  const place = focused ? all.indexOf(focused) + by : all.indexOf(current());
  const next = all[Math.min(Math.max(place, 0), all.length - 1)];
  next?.querySelector("article").focus({ preventScroll: true });
  next?.scrollIntoView({ block: "start" });
}

const press = (selector) => current()?.querySelector(`[data-replay] ${selector}`)?.click();

function changeSpeed(by) {
  const buttons = [...(current()?.querySelectorAll("[data-replay] [data-speed]") ?? [])];
  const place = buttons.findIndex((button) => button.ariaPressed === "true");
  buttons[place + by]?.click();
}

function judge(value) {
  const radio = `input[type="radio"][name$="overall"][value="${value}"]`;
  const found = current()?.querySelector(radio) ?? document.querySelector(`#judging ${radio}`);
  if (!found) return;
  const fold = found.closest("details");
  if (fold) fold.open = true;
  found.click();
  found.scrollIntoView({ block: "nearest" });
}

// What another part of the page has put on a key, at this answer or anywhere.
function use(key) {
  const selector = `[data-key="${key}"]`;
  const found = current()?.querySelector(selector) ?? document.querySelector(selector);
  if (found?.matches("input, textarea, select")) found.focus();
  else found?.click();
}

const DOES = {
  j: () => step(1),
  J: () => step(-1),
  k: () => press('[data-do="play"]'),
  " ": () => press('[data-do="play"]'),
  s: () => press('[data-do="stall"]'),
  "<": () => changeSpeed(-1),
  ">": () => changeSpeed(1),
  "?": () => help.showModal(),
  f: () => use("f"),
  n: () => use("n"),
};
for (const [key, value] of Object.entries(VERDICTS)) DOES[key] = () => judge(value);

document.addEventListener("keydown", (event) => {
  const act = DOES[event.key];
  if (!act || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (recall(SWITCH) === "off" || event.target.closest(TYPING)) return;
  if (event.key === " " && event.target.closest(OF_THE_BROWSER)) return;
  event.preventDefault();
  act();
});

const box = document.getElementById("keys-on");
box.checked = recall(SWITCH) !== "off";
box.addEventListener("change", () => remember(SWITCH, box.checked ? "" : "off"));

document.addEventListener("click", ({ target }) => {
  if (target.closest('[data-opens="keys"]')) help.showModal();
});
