// Enter sends, Shift+Enter breaks the line; on a touch keyboard, which has no Shift to hold, Enter breaks the line.
// What is typed while a message is on its way is kept.
const textarea = () => document.getElementById("message");
const keys = matchMedia("(hover: hover) and (pointer: fine)");
let sent = "";

document.addEventListener("keydown", (event) => {
  if (event.target !== textarea() || event.key !== "Enter" || !keys.matches) return;
  if (event.shiftKey || event.isComposing) return; // an input method's Enter chooses a character
  event.preventDefault();
  event.target.form.requestSubmit(event.target.form.querySelector(".send"));
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "composer") sent = textarea().value;
});

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (event.detail.target.id !== "composer") return;
  const typed = textarea().value;
  const rest = typed.startsWith(sent) ? typed.slice(sent.length) : typed;
  event.detail.fragment.querySelector("textarea").value = rest;
});

document.addEventListener("htmx:oobAfterSwap", (event) => {
  if (event.detail.target.id !== "composer") return;
  sent = "";
  if (keys.matches) textarea().focus();
});
