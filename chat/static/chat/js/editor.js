// A question's editor opens in its place and closes without asking the server: Escape and Cancel bring back what it
// covers, and the focus to the button that opened it. Enter sends, as in the composer.
import { keys } from "./keys.js";

const editorOf = (element) => element.closest(".editor");
const textareaOf = (editor) => editor.querySelector("textarea");

// One that came with the page is left by going to another.
const isInPlace = (editor) => editor.querySelector("[hx-post]") !== null;

// htmx has given it the focus; one goes on writing at the end.
document.addEventListener("htmx:load", ({ target }) => {
  const textarea = target.querySelector(".editor textarea");
  textarea?.setSelectionRange(textarea.value.length, textarea.value.length);
});

document.addEventListener("keydown", (event) => {
  const editor = editorOf(event.target);
  if (!editor || event.isComposing) return; // an input method's Enter chooses a character
  if (event.key === "Escape") editor.querySelector(".leave").requestSubmit();
  if (event.key === "Enter" && !event.shiftKey && keys.matches && event.target === textareaOf(editor)) send(event);
});

function send(event) {
  event.preventDefault();
  event.target.form.requestSubmit();
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches(".leave") || !isInPlace(editorOf(event.target))) return;
  event.preventDefault();
  const editor = editorOf(event.target);
  const message = editor.parentElement;
  editor.remove();
  message.querySelector(".edit button").focus();
});

// What could not be sent is mended where it stands, and what was wrong with it is not left standing.
document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  const editor = editorOf(target);
  if (editor && !detail.successful) textareaOf(editor).focus();
});

document.addEventListener("input", ({ target }) => editorOf(target)?.querySelector(".trouble").replaceChildren());
