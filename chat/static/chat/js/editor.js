// A question's editor opens in its place and closes without asking the server: Escape and Cancel bring back what stands
// below it, and the focus to the button that opened it. Enter sends, as in the composer.
import { keys } from "./keys.js";

// One that came with the page is left by going to another.
const isInPlace = (editor) => editor.querySelector("[hx-post]") !== null;

document.addEventListener("htmx:load", ({ target }) => {
  if (!target.matches(".editor")) return;
  const textarea = target.querySelector("textarea");
  textarea.setSelectionRange(textarea.value.length, textarea.value.length);
});

document.addEventListener("keydown", (event) => {
  const editor = event.target.closest(".editor");
  if (!editor || event.isComposing) return; // an input method's Enter chooses a character
  if (event.key === "Escape") editor.querySelector(".leave").requestSubmit();
  if (event.key !== "Enter" || event.shiftKey || !keys.matches || !event.target.matches("textarea")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

document.addEventListener("submit", (event) => {
  const editor = event.target.closest(".editor");
  if (!event.target.matches(".leave") || !isInPlace(editor)) return;
  event.preventDefault();
  const message = editor.parentElement;
  editor.remove();
  message.querySelector(".edit button").focus();
});
