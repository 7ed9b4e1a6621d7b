// Enter sends, Shift+Enter breaks the line, Escape stops the answer. On a touch keyboard, which has no Shift to hold,
// Enter breaks the line. Nothing is sent while there is nothing to send, and what is typed meanwhile is kept.
import { keys } from "./keys.js";

const composer = () => document.getElementById("composer");
const textarea = () => document.getElementById("message");
let sent = "";

document.addEventListener("keydown", (event) => {
  if (event.target !== textarea() || event.isComposing) return; // an input method's Enter chooses a character
  if (event.key === "Enter" && !event.shiftKey && keys.matches) send(event);
  if (event.key === "Escape" && composer().querySelector(".halt").checkVisibility()) stop(event);
});

function send(event) {
  event.preventDefault();
  composer().requestSubmit(composer().querySelector(".send"));
}

function stop(event) {
  event.preventDefault();
  document.getElementById("stop").requestSubmit();
}

// Before htmx sees it.
document.addEventListener(
  "submit",
  (event) => {
    if (event.target !== composer() || textarea().value.trim()) return;
    event.preventDefault();
    event.stopPropagation();
    textarea().focus();
  },
  { capture: true },
);

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target === composer()) sent = textarea().value;
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target === composer() && !event.detail.successful) sent = "";
});

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (event.detail.target !== composer()) return;
  const typed = textarea().value;
  const rest = typed.startsWith(sent) ? typed.slice(sent.length) : typed;
  event.detail.fragment.querySelector("textarea").value = rest;
});

document.addEventListener("htmx:oobAfterSwap", (event) => {
  if (event.detail.target.id !== "composer") return;
  sent = "";
  if (keys.matches) textarea().focus();
});
