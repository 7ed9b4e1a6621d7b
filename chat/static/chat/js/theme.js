// The switch between light, dark and what the system has; other tabs follow.
import { recall, remember } from "./memory.js";

const root = document.documentElement;

function show() {
  root.dataset.theme = recall("theme") || root.dataset.theme;
  for (const input of document.querySelectorAll(".theme input")) input.checked = input.value === root.dataset.theme;
}

document.addEventListener("change", (event) => {
  if (!event.target.matches(".theme input")) return;
  root.dataset.theme = event.target.value;
  remember("theme", event.target.value);
});

window.addEventListener("storage", show);
window.addEventListener("pageshow", show); // also when the page comes back from the cache
show();
