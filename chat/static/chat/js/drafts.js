// What was written and not sent waits in this browser, for each conversation and each person, over reloads. Its form's key
// waits with it: should it have been stored though the answer was lost, sending it again gives the turn it made.
import { recall, remember } from "./memory.js";

const composer = () => document.getElementById("composer");
const textarea = () => document.getElementById("message");
const key = () => composer().elements.key;
const place = (owner = composer().dataset.owner) => `draft ${owner} ${composer().getAttribute("action")}`;
const forget = () => remember(place(), "");

function keep() {
  const text = textarea().value;
  remember(place(), text && JSON.stringify({ text, key: key().value }));
}

function restore() {
  const kept = recall(place()) || recall(place("")); // written before one signed in
  remember(place(""), "");
  if (textarea().value || !kept) return;
  const draft = JSON.parse(kept);
  textarea().value = draft.text;
  key().value = draft.key;
  textarea().dispatchEvent(new Event("input", { bubbles: true })); // as if typed: it is kept, measured and counted
}

document.addEventListener("input", (event) => event.target === textarea() && keep());

// A turn brings a new form, with what was typed meanwhile in it.
document.addEventListener("htmx:oobBeforeSwap", (event) => event.detail.target === composer() && forget());
document.addEventListener("htmx:oobAfterSwap", (event) => event.detail.target.id === "composer" && keep());

// The turn was there already: the page goes to it.
document.addEventListener("htmx:afterRequest", (event) => {
  const wasThere = event.detail.xhr?.getResponseHeader("HX-Redirect");
  if (wasThere && event.target === composer()) forget();
});

restore();
