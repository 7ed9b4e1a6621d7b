// The thread follows what grows in it, but only while the reader is at its end.
const NEAR = 48; // pixels that still count as the end

const thread = document.getElementById("thread");
const toEnd = () => (thread.scrollTop = thread.scrollHeight);
let isAtEnd = true;

thread.addEventListener("scroll", () => {
  isAtEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < NEAR;
});

document.addEventListener("htmx:sseMessage", () => isAtEnd && toEnd());
document.addEventListener("htmx:afterSwap", (event) => event.target === thread && toEnd());

toEnd();
