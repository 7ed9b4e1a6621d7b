// A text's direction is that of its first letter (dir="auto"). Chromium 156 doesn't look again when that letter
// arrives in an element that was empty; setting the attribute anew makes it look, once an answer.
const settled = new WeakSet(); // message articles

document.addEventListener("htmx:sseMessage", (event) => {
  const text = event.target.querySelector('[data-part="text"]');
  if (settled.has(event.target) || !/\p{L}/u.test(text.textContent)) return;
  settled.add(event.target);
  text.dir = "ltr";
  text.dir = "auto";
});
