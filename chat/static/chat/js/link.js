// Copy link puts a field's text on the clipboard, and says so.
const SAID = 2_000; // milliseconds

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copies]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copies);
  const words = (button.dataset.words ??= button.textContent);
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = "Copied";
    document.getElementById("copied").textContent = "Link copied";
  } catch {
    field.select(); // by hand, then
    button.textContent = "Not copied";
    document.getElementById("copied").textContent = "The link could not be copied";
  }
  setTimeout(() => (button.textContent = words), SAID);
});
