// The thread follows what grows in it, but only while the reader is at its end.
const NEAR = 48; // pixels that still count as the end

const thread = document.getElementById("thread");
const isAtEnd = () => thread.scrollHeight - thread.scrollTop - thread.clientHeight < NEAR;
const toEnd = () => (thread.scrollTop = thread.scrollHeight);
let follows = true;

document.addEventListener("htmx:sseBeforeMessage", () => (follows = isAtEnd()));
document.addEventListener("htmx:sseMessage", () => follows && toEnd());
document.addEventListener("htmx:afterSwap", (event) => event.target === thread && toEnd());

toEnd();
