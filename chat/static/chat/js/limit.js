// Says how much room is left before the limit is hit, and how much is too much before anything is sent.
const FROM = 0.9; // of the limit

const left = document.getElementById("left");
const limit = Number(left.dataset.limit);

function look() {
  const textarea = document.getElementById("message");
  const text = textarea.value.trimEnd();
  const rest = text.length < limit * FROM ? limit : limit - [...text].length; // the server counts code points
  const isOver = rest < 0;
  left.textContent = sentence(rest);
  left.toggleAttribute("data-over", isOver);
  textarea.setCustomValidity(isOver ? `This message is too long: ${sentence(rest)}.` : "");
  if (isOver !== (textarea.getAttribute("aria-invalid") === "true")) tell(textarea, isOver);
}

function sentence(rest) {
  if (rest < 0) return `${(-rest).toLocaleString("en")} characters too many`;
  return rest <= limit * (1 - FROM) ? `${rest.toLocaleString("en")} characters left` : "";
}

function tell(textarea, isOver) {
  textarea.setAttribute("aria-invalid", String(isOver));
  const detail = isOver ? "The message is longer than what can be sent." : "The message fits again.";
  document.dispatchEvent(new CustomEvent("chat:announce", { detail }));
}

document.addEventListener("input", (event) => event.target.id === "message" && look());
document.addEventListener("htmx:oobAfterSwap", (event) => event.detail.target.id === "composer" && look());
look();
