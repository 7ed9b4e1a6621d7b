// Copy message puts the Markdown source, fetched when asked for, on the clipboard.
document.documentElement.classList.add("has-script");

const announce = (sentence) => document.dispatchEvent(new CustomEvent("chat:announce", { detail: sentence }));

async function source(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(response.statusText);
  return response.text();
}

async function copy(button) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(await source(button.dataset.copy));
    button.textContent = "Copied";
    announce("Message copied");
  } catch {
    button.textContent = "Not copied";
    announce("The message could not be copied");
  }
  setTimeout(() => (button.textContent = label), 2000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});
