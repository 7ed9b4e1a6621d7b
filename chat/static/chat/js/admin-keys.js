// Single keys for the reading desk. They do nothing while one types, and may be switched off (WCAG 2.1.4).
import { isHeldBack } from "./admin-drafts.js";
import { recall, remember } from "./memory.js";

const SWITCH = "admin-keys"; // in memory: "off", or nothing
const VERDICTS = { g: "good", b: "bad", u: "unsure" };
const ANSWER = '[data-entry="assistant"]';
const TYPING = 'input:not([type="radio"]), textarea, select, [contenteditable], dialog';
const OF_THE_BROWSER = "a, button, summary, progress, input"; // what Space presses
const PLAY = '[data-do="play"]';
const FIELD = 'input:not([type="hidden"]), textarea, select';
const HEADING = 40; // pixels of it that make a part one to look at

const help = document.getElementById("keys");
const whole = document.getElementById("judging");
const answers = () => [...document.querySelectorAll(ANSWER)];
const announce = (sentence) => document.dispatchEvent(new CustomEvent("chat:announce", { detail: sentence }));

function isInSight(part) {
  const { top, bottom } = part.getBoundingClientRect();
  return bottom > 0 && top + HEADING < innerHeight;
}

// What the keys are for: the answer that has the focus, unless one has scrolled away from it; else the
// conversation once its form is in sight; else the first answer that is.
function subject() {
  const focused = document.activeElement.closest(`${ANSWER}, #judging`);
  if (focused && isInSight(focused)) return focused;
  return isInSight(whole) ? whole : (answers().find(isInSight) ?? whole);
}

function mark() {
  const marked = recall(SWITCH) === "off" ? null : subject();
  for (const part of [...answers(), whole]) part.toggleAttribute("data-current", part === marked);
}

// From the answer that has the focus, unless one has scrolled away from it: then to the first that is not above, or to
// the last.
function step(by) {
  const all = answers();
  const focused = all.findIndex((answer) => answer.contains(document.activeElement) && isInSight(answer));
  const below = all.findIndex((answer) => answer.getBoundingClientRect().bottom > 0);
  const place = focused >= 0 ? focused + by : below >= 0 ? below : all.length - 1;
  const next = all[Math.min(Math.max(place, 0), all.length - 1)];
  next?.querySelector("article").focus({ preventScroll: true });
  next?.scrollIntoView({ block: "start" });
}

const ofReplay = (selector) => subject().querySelector(`[data-replay] ${selector}`);
const press = (selector) => ofReplay(selector)?.click();

function changeSpeed(by) {
  const buttons = [...subject().querySelectorAll("[data-replay] [data-speed]")];
  const place = buttons.findIndex((button) => button.ariaPressed === "true");
  buttons[place + by]?.click();
}

// The radio has the focus then: Enter saves.
function judge(value) {
  const found = subject().querySelector(`input[type="radio"][name$="overall"][value="${value}"]`);
  if (!found) return announce("There is no verdict to give here.");
  const fold = found.closest("details");
  if (fold) fold.open = true;
  found.click();
  found.focus({ preventScroll: true });
  found.scrollIntoView({ block: "nearest" });
}

// What another part of the page has put on a key, at this place or anywhere. A fold opens, and one types in it.
function use(key) {
  const selector = `[data-key="${key}"]`;
  const found = subject().querySelector(selector) ?? document.querySelector(selector);
  const field = found?.matches(FIELD) ? found : found?.closest("summary")?.parentElement.querySelector(FIELD);
  if (!field) return found?.click();
  const fold = field.closest("details");
  if (fold) fold.open = true;
  field.focus();
}

const DOES = {
  j: () => step(1),
  J: () => step(-1),
  k: () => press(PLAY),
  " ": () => press(PLAY),
  s: () => press('[data-do="stall"]'),
  "<": () => changeSpeed(-1),
  ">": () => changeSpeed(1),
  "?": () => help.showModal(),
  f: () => use("f"),
  n: () => isHeldBack() || use("n"),
};
for (const [key, value] of Object.entries(VERDICTS)) DOES[key] = () => judge(value);

// Space scrolls, too, where there is nothing to play, and with Shift always.
const isOfTheBrowser = ({ target, shiftKey }) => shiftKey || target.closest(OF_THE_BROWSER) || !ofReplay(PLAY);

document.addEventListener("keydown", (event) => {
  const act = DOES[event.key];
  if (!act || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (recall(SWITCH) === "off" || event.target.closest(TYPING)) return;
  if (event.key === " " && isOfTheBrowser(event)) return;
  event.preventDefault();
  if (!event.repeat) act(); // held down it does it once
});

const box = document.getElementById("keys-on");
box.checked = recall(SWITCH) !== "off";
box.addEventListener("change", () => {
  remember(SWITCH, box.checked ? "" : "off");
  mark();
});

// Who comes back to an answer, from a form say, is at it.
document.getElementById(location.hash.slice(1))?.closest(ANSWER)?.querySelector("article").focus({ preventScroll: true });

let due = 0;
for (const change of ["scroll", "resize", "focusin", "focusout"]) {
  addEventListener(change, () => (due ||= requestAnimationFrame(() => (mark(), (due = 0)))), { passive: true });
}
mark();

document.addEventListener("click", ({ target }) => {
  if (target.closest('[data-opens="keys"]')) help.showModal();
});
