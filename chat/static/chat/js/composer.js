// Enter sends, Shift+Enter breaks the line. What is typed while a message is on its way is kept.
const textarea = () => document.getElementById("message");
let sent = "";

document.addEventListener("keydown", (event) => {
  if (event.target !== textarea() || event.key !== "Enter") return;
  if (event.shiftKey || event.isComposing) return; // an input method's Enter chooses a character
  event.preventDefault();
  event.target.form.requestSubmit();
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
  if (event.detail.target.id === "composer") textarea().focus();
});
