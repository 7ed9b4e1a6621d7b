// A box grows with its text: its replica in composer.css is told what is written. (CSS's own field-sizing is not in
// every browser yet, and measuring the box by shrinking it for a moment would move the thread above it.)
const BOXES = ".grow textarea";

const grow = (textarea) => (textarea.parentElement.dataset.text = textarea.value);
const growAll = (root) => root.querySelectorAll(BOXES).forEach(grow);

document.addEventListener("input", (event) => event.target.matches(BOXES) && grow(event.target));
document.addEventListener("htmx:load", (event) => growAll(event.target)); // an editor that was opened
document.addEventListener("htmx:oobAfterSwap", (event) => event.detail.target.id === "composer" && growAll(document));
growAll(document);
