// Copy message puts the Markdown source, fetched when asked for, on the clipboard, or what it says without marks; Copy
// code the text of its block. All say so.
const SAID = 2_000; // milliseconds
const COPY_CODE = "figure.code button";

const announce = (sentence) => document.dispatchEvent(new CustomEvent("chat:announce", { detail: sentence }));

async function source(url) {
  const response = await fetch(url, { redirect: "error" }); // to the sign-in page, that would be
  if (!response.ok) throw new Error(response.statusText);
  return response.blob();
}

async function copyMessage(button) {
  const how = button.dataset.copied ?? "as Markdown";
  try {
    const text = { "text/plain": source(button.dataset.copy) };
    await navigator.clipboard.write([new ClipboardItem(text)]); // at once: Safari forgets the click while one waits
    say(button, `Copied ${how}`, `Message copied ${how}`);
  } catch {
    say(button, "Not copied", "The message could not be copied");
  }
}

async function copyCode(button) {
  try {
    await navigator.clipboard.writeText(button.closest("figure").querySelector("code").textContent);
    say(button, "Copied", "Code copied");
  } catch {
    say(button, "Not copied", "The code could not be copied");
  }
}

// A button with words says it with them, a drawing beside itself.
function say(button, short, long) {
  const words = button.dataset.words ?? button.textContent;
  const hasWords = !button.hasAttribute("aria-label");
  button.dataset.said = short;
  if (hasWords) [button.dataset.words, button.textContent] = [words, short];
  announce(long);
  setTimeout(() => {
    delete button.dataset.said;
    if (hasWords) button.textContent = words;
  }, SAID);
}

document.addEventListener("click", (event) => {
  const message = event.target.closest("[data-copy]");
  const code = event.target.closest(COPY_CODE);
  if (message) copyMessage(message);
  if (code) copyCode(code);
});
