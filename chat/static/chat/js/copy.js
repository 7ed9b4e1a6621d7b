// Copy message puts the Markdown source, fetched when asked for, on the clipboard, and says so.
const SAID = 2_000; // milliseconds

const announce = (sentence) => document.dispatchEvent(new CustomEvent("chat:announce", { detail: sentence }));

async function source(url) {
  const response = await fetch(url, { redirect: "error" }); // to the sign-in page, that would be
  if (!response.ok) throw new Error(response.statusText);
  return response.blob();
}

async function copy(button) {
  try {
    const text = { "text/plain": source(button.dataset.copy) };
    await navigator.clipboard.write([new ClipboardItem(text)]); // at once: Safari forgets the click while one waits
    say(button, "Copied as Markdown", "Message copied as Markdown");
  } catch {
    say(button, "Not copied", "The message could not be copied");
  }
}

function say(button, short, long) {
  button.dataset.said = short;
  announce(long);
  setTimeout(() => delete button.dataset.said, SAID);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});
