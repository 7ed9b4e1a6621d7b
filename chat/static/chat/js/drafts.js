// What was written and not sent waits in this browser, for each conversation and each person, over reloads.
import { recall, remember } from "./memory.js";

const composer = () => document.getElementById("composer");
const textarea = () => document.getElementById("message");
const place = (form) => `draft ${form.dataset.owner} ${form.getAttribute("action")}`;
const keep = () => remember(place(composer()), textarea().value);

function restore() {
  const draft = recall(place(composer()));
  if (textarea().value || !draft) return;
  textarea().value = draft;
  textarea().dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("input", (event) => event.target === textarea() && keep());

// A turn brings a new form, with what was typed meanwhile in it.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (event.detail.target.id === "composer") remember(place(composer()), "");
});

document.addEventListener("htmx:oobAfterSwap", (event) => event.detail.target.id === "composer" && keep());

// The turn was there already: the page goes to it.
document.addEventListener("htmx:afterRequest", (event) => {
  const sentBefore = event.detail.xhr?.getResponseHeader("HX-Redirect");
  if (sentBefore && event.target.id === "composer") remember(place(composer()), "");
});

restore();
