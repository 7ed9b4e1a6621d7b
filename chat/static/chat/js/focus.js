// A button that goes away under the keyboard hands the focus to the composer, not to the top of the page.
import { keys } from "./keys.js";

let focused = null;

const isGone = (element) => !element.isConnected || !element.checkVisibility();

document.addEventListener("focusin", (event) => (focused = event.target));

// Left on purpose, unless it turns out that the element is being taken away just now.
document.addEventListener("focusout", ({ target }) => {
  queueMicrotask(() => focused === target && !isGone(target) && (focused = null));
});

function rescue() {
  if (!keys.matches) return; // a touch screen would bring up its keyboard
  if (focused && isGone(focused)) document.getElementById("message").focus();
}

for (const swapped of ["htmx:afterSwap", "htmx:oobAfterSwap", "htmx:sseMessage"]) {
  document.addEventListener(swapped, rescue);
}
