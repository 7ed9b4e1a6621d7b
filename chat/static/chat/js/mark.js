// The mark of a growing answer is honest: it beats when text arrives, and rests and says so when none does.
const QUIET = 4_000; // milliseconds

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const timers = new WeakMap(); // message article → what will call it quiet

document.addEventListener("htmx:sseMessage", (event) => {
  const article = event.target;
  clearTimeout(timers.get(article));
  delete article.dataset.quiet;
  if (event.detail.type === "done") return;
  timers.set(article, setTimeout(() => (article.dataset.quiet = ""), QUIET));
  if (!calm.matches) article.querySelectorAll(".mark circle").forEach(beat);
});

function beat(dot, place) {
  if (dot.getAnimations().length) return; // let the last beat end
  dot.animate([{ opacity: 1, translate: "0 -2px" }, {}], { duration: 450, delay: place * 110, easing: "ease-out" });
}
