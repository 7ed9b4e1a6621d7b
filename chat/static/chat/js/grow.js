// The box grows with its text; composer.css says how far. (CSS's own field-sizing is not in every browser yet.)
function grow() {
  const textarea = document.getElementById("message");
  textarea.style.height = "auto";
  textarea.style.height = `${textarea.scrollHeight}px`;
}

document.addEventListener("input", (event) => event.target.id === "message" && grow());
document.addEventListener("htmx:oobAfterSwap", (event) => event.detail.target.id === "composer" && grow());
window.addEventListener("resize", grow);
grow();
