// A tab that was left alone asks, when it is looked at again, for what was said in another one meanwhile, and for the
// list of chats where that has changed; and what it sends itself says which message it shows last.
const thread = document.getElementById("thread");
const composer = () => document.getElementById("composer");
const idOf = (article) => article.id.replace("message-", "");
let asking = false;

document.addEventListener("htmx:configRequest", (event) => {
  if (event.target === composer()) event.detail.parameters.last = idOf(thread.lastElementChild); // or the way to later ones
});

async function ask() {
  const chats = document.getElementById("chats").dataset;
  const last = thread.lastElementChild;
  const showsEnd = last.matches(".message"); // not a welcome, nor the way to later messages
  const address = (showsEnd && composer().dataset.news) || chats.news;
  if (!address || asking || document.hidden) return;
  asking = true;
  const values = { last: idOf(last), state: last.dataset.state ?? "", list: chats.version };
  const isStale = (event) => event.detail.requestConfig?.path === address && last !== thread.lastElementChild;
  const check = (event) => isStale(event) && (event.detail.shouldSwap = false); // a turn of one's own came in between
  document.addEventListener("htmx:beforeSwap", check);
  await htmx.ajax("GET", address, { source: thread, target: thread, swap: "beforeend", values }).catch(() => {});
  document.removeEventListener("htmx:beforeSwap", check);
  asking = false;
}

document.addEventListener("visibilitychange", ask);
window.addEventListener("focus", ask);
window.addEventListener("pageshow", (event) => event.persisted && ask());
