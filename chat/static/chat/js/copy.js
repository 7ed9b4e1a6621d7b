// Copy message puts the Markdown source, fetched when asked for, on the clipboard, and what it looks like beside it;
// Copy code the text of its block. Both say so.
const SAID = 2_000; // milliseconds
const COPY_CODE = "figure.code button";

const announce = (sentence) => document.dispatchEvent(new CustomEvent("chat:announce", { detail: sentence }));

async function source(url) {
  const response = await fetch(url, { redirect: "error" }); // to the sign-in page, that would be
  if (!response.ok) throw new Error(response.statusText);
  return response.blob();
}

async function copyMessage(button) {
  try {
    const text = { "text/plain": source(button.dataset.copy) };
    await navigator.clipboard.write([new ClipboardItem(text)]); // at once: Safari forgets the click while one waits
    say(button, "Copied as Markdown", "Message copied as Markdown");
  } catch {
    say(button, "Not copied", "The message could not be copied");
  }
}

async function copyCode(button) {
  try {
    await navigator.clipboard.writeText(button.closest("figure").querySelector("code").textContent);
    reword(button, "Copied", "Code copied");
  } catch {
    reword(button, "Not copied", "The code could not be copied");
  }
}

function say(button, short, long) {
  button.dataset.said = short;
  announce(long);
  setTimeout(() => delete button.dataset.said, SAID);
}

// The words on the button are its name, so they change with it.
function reword(button, short, long) {
  const words = button.dataset.words ?? button.textContent;
  button.dataset.words = words;
  button.textContent = short;
  say(button, short, long);
  setTimeout(() => {
    button.textContent = words;
    delete button.dataset.words;
  }, SAID);
}

document.addEventListener("click", (event) => {
  const message = event.target.closest("[data-copy]");
  const code = event.target.closest(COPY_CODE);
  if (message) copyMessage(message);
  if (code) copyCode(code);
});
