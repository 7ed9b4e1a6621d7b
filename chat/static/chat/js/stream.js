// What htmx's SSE extension leaves to the page: the cursor over a hard error, the end of an answer, and giving up.

const PATIENCE = 60_000; // milliseconds without a working connection: longer than a restart takes

const cursors = new Map(); // stream path → cursor of the last patch that is in the page
const failures = new Map(); // message article → when its connection began to fail
const doing = new WeakMap(); // message article → what was last announced of it

const announce = (sentence) => document.dispatchEvent(new CustomEvent("chat:announce", { detail: sentence }));
const isThinking = (article) => article.matches(':has(> .thinking + [data-part="text"]:empty)');
const streamOf = (article) => new URL(article.getAttribute("sse-connect"), location.href);
const characters = (cursor) => (cursor ?? "0.0").split(".").reduce((sum, part) => sum + Number(part), 0);

// After a hard error the extension makes a new EventSource, which knows no Last-Event-ID (htmx-extensions #184).
// An article drawn anew may hold more than was seen here before; then its own cursor counts.
htmx.createEventSource = (address) => {
  const url = new URL(address, location.href);
  const seen = cursors.get(url.pathname);
  if (characters(seen) > characters(url.searchParams.get("after"))) url.searchParams.set("after", seen);
  return new EventSource(url);
};

// Fires after the swap, so a cursor never runs ahead of the page.
document.addEventListener("htmx:sseMessage", (event) => {
  const article = event.target;
  failures.delete(article);
  if (event.detail.lastEventId) cursors.set(streamOf(article).pathname, event.detail.lastEventId);
  if (event.detail.type === "done") finish(article);
  else goOn(article);
});

function goOn(article) {
  article.dataset.state = "running";
  tell(article, isThinking(article) ? "Thinking…" : "Answering…");
}

function tell(article, what) {
  if (doing.get(article) !== what) announce(what);
  doing.set(article, what);
}

// A finished message is just what the page drawn from the database would hold.
function finish(article) {
  forget(article);
  const footer = article.querySelector("footer");
  article.dataset.state = footer.dataset.state;
  article.setAttribute("aria-busy", "false");
  announce(footer.querySelector(".outcome")?.textContent ?? "The answer is complete.");
}

function forget(article) {
  failures.delete(article);
  cursors.delete(streamOf(article).pathname);
  for (const name of ["sse-connect", "sse-swap", "sse-close", "hx-swap"]) article.removeAttribute(name);
}

document.addEventListener("htmx:sseOpen", (event) => {
  if (!doing.has(event.target)) tell(event.target, isThinking(event.target) ? "Thinking…" : "Answering…");
});

document.addEventListener("htmx:sseError", (event) => {
  const article = event.target;
  if (!failures.has(article)) failures.set(article, Date.now());
  if (Date.now() - failures.get(article) >= PATIENCE) giveUp(article, event.detail.source);
});

function giveUp(article, source) {
  source.close();
  forget(article);
  article.dataset.state = "lost";
  article.setAttribute("aria-busy", "false");
  const again = document.createElement("a");
  again.href = location.href;
  again.textContent = "Connection lost. Reconnect";
  article.querySelector("footer").replaceChildren(again);
  announce("Connection lost.");
}
