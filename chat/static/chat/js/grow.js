// The box grows with its text: its replica in composer.css is told what is written. (CSS's own field-sizing is not in
// every browser yet, and measuring the box by shrinking it for a moment would move the thread above it.)
function grow() {
  const textarea = document.getElementById("message");
  textarea.parentElement.dataset.text = textarea.value;
}

document.addEventListener("input", (event) => event.target.id === "message" && grow());
document.addEventListener("htmx:oobAfterSwap", (event) => event.detail.target.id === "composer" && grow());
grow();
