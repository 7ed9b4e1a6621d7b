// A button that is swapped away under the keyboard hands the focus to the composer, not to the top of the page.
let focused = null;

document.addEventListener("focusin", (event) => (focused = event.target));

function rescue() {
  if (document.activeElement !== document.body || !focused || focused.isConnected) return;
  document.getElementById("message").focus();
}

for (const swapped of ["htmx:afterSwap", "htmx:oobAfterSwap", "htmx:sseMessage"]) {
  document.addEventListener(swapped, rescue);
}
