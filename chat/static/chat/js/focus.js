// A button that goes away under the keyboard hands the focus to the composer, not to the top of the page.
const keys = matchMedia("(hover: hover)"); // on a touch screen focus would bring up the keyboard
let focused = null;

const isGone = (element) => !element.isConnected || !element.checkVisibility();

document.addEventListener("focusin", (event) => (focused = event.target));
document.addEventListener("focusout", (event) => !isGone(event.target) && (focused = null)); // left on purpose

function rescue() {
  if (focused && isGone(focused) && keys.matches) document.getElementById("message").focus();
}

for (const swapped of ["htmx:afterSwap", "htmx:oobAfterSwap", "htmx:sseMessage"]) {
  document.addEventListener(swapped, rescue);
}
