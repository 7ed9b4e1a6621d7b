// A request that never reached the server has no answer to show; say so. The next one that succeeds clears it.
const notice = () => document.getElementById("notice");

document.addEventListener("htmx:sendError", () => {
  const sentence = document.createElement("p");
  sentence.className = "notice";
  sentence.textContent = "The server could not be reached. Nothing is lost: try again.";
  notice().replaceChildren(sentence);
});

document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  if (detail.xhr.status < 400) notice().replaceChildren(); // and what it brings may fill it again
});

// It is not left standing when it no longer holds: the answer has ended, or one writes on.
document.addEventListener("htmx:sseMessage", (event) => event.detail.type === "done" && notice().replaceChildren());
document.addEventListener("input", (event) => event.target.id === "message" && notice().replaceChildren());
