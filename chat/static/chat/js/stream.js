// What htmx's SSE extension leaves to the page: the cursor over a hard error, the end of an answer, and giving up.

const TRIES = 10; // failed connections in a row, about half a second apart

const cursors = new Map(); // stream path → cursor of the last patch that is in the page
const failures = new Map(); // message article → failed connections in a row

const announce = (sentence) => document.dispatchEvent(new CustomEvent("chat:announce", { detail: sentence }));

// After a hard error the extension makes a new EventSource, which knows no Last-Event-ID (htmx-extensions #184).
htmx.createEventSource = (address) => {
  const url = new URL(address, location.href);
  const cursor = cursors.get(url.pathname);
  if (cursor) url.searchParams.set("after", cursor);
  return new EventSource(url);
};

// Fires after the swap, so a cursor never runs ahead of the page.
document.addEventListener("htmx:sseMessage", (event) => {
  const article = event.target;
  const url = new URL(article.getAttribute("sse-connect"), location.href);
  if (event.detail.lastEventId) cursors.set(url.pathname, event.detail.lastEventId);
  if (event.detail.type === "done") finish(article);
  else article.dataset.state = "running";
});

// A finished message is just what the page drawn from the database would hold.
function finish(article) {
  for (const name of ["sse-connect", "sse-swap", "sse-close", "hx-swap"]) article.removeAttribute(name);
  const footer = article.querySelector("footer");
  article.dataset.state = footer.dataset.state;
  article.setAttribute("aria-busy", "false");
  announce(footer.querySelector(".outcome")?.textContent ?? "The answer is complete.");
}

document.addEventListener("htmx:sseOpen", (event) => {
  failures.delete(event.target);
  announce("Answering…");
});

document.addEventListener("htmx:sseError", (event) => {
  const article = event.target;
  const failed = (failures.get(article) ?? 0) + 1;
  failures.set(article, failed);
  if (failed >= TRIES) giveUp(article, event.detail.source);
});

function giveUp(article, source) {
  source.close();
  article.removeAttribute("sse-connect");
  const again = document.createElement("a");
  again.href = location.href;
  again.textContent = "Connection lost. Reconnect";
  article.querySelector("footer").replaceChildren(again);
  announce("Connection lost.");
}
