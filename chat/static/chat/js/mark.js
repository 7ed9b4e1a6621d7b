// The mark of a growing answer is honest: it beats when text arrives, and rests and says so when none does, or when
// there is no connection.
const QUIET = 4_000; // milliseconds

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const timers = new WeakMap(); // message article → what will call it quiet

function listen(article) {
  hush(article);
  timers.set(article, setTimeout(() => (article.dataset.quiet = ""), QUIET));
}

function hush(article) {
  clearTimeout(timers.get(article));
  delete article.dataset.quiet;
  delete article.dataset.lost;
}

document.addEventListener("htmx:sseOpen", (event) => listen(event.target));

document.addEventListener("htmx:sseMessage", (event) => {
  const article = event.target;
  if (event.detail.type === "done") return hush(article);
  listen(article);
  if (!calm.matches) article.querySelectorAll(".mark circle").forEach(beat);
});

document.addEventListener("htmx:sseError", (event) => {
  hush(event.target);
  event.target.dataset.lost = "";
});

function beat(dot, place) {
  if (dot.getAnimations().length) return; // let the last beat end
  dot.animate([{ opacity: 1, translate: "0 -2px" }, {}], { duration: 450, delay: place * 110, easing: "ease-out" });
}
