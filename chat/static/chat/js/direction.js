// A text's direction is that of its first letter (dir="auto"). Chromium 156 doesn't look again when that letter
// arrives in an element that was empty; setting the attribute anew makes it look, once an answer's text or reasoning.
const settled = new WeakSet(); // parts

document.addEventListener("htmx:sseMessage", (event) => {
  for (const part of event.target.querySelectorAll("[data-part]")) {
    if (settled.has(part) || !/\p{L}/u.test(part.textContent)) continue;
    settled.add(part);
    part.dir = "ltr";
    part.dir = "auto";
  }
});
