// The parts of a long thread come by themselves when their reader is near, and what is on the screen stays where it is.
const thread = document.getElementById("thread");
const top = (element) => element.getBoundingClientRect().top;
const isInSight = (message) => message.getBoundingClientRect().bottom > top(thread);

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) htmx.trigger(target, "near");
  },
  { root: thread, rootMargin: "100% 0px" },
);

document.addEventListener("htmx:load", ({ target }) => {
  for (const link of target.querySelectorAll(".more [hx-get]")) near.observe(link);
});

// The browser keeps the place by itself, but not at the very top, and not every browser.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const link = detail.requestConfig.elt;
  if (!link.matches(".more a")) return;
  const isFocused = link === document.activeElement;
  const kept = [...thread.querySelectorAll(".message")].find(isInSight);
  const before = kept && top(kept);
  const settle = () => {
    if (kept) thread.scrollBy({ top: top(kept) - before, behavior: "instant" });
    if (isFocused && document.activeElement === document.body) thread.focus({ preventScroll: true });
  };
  document.addEventListener("htmx:afterSwap", settle, { once: true, capture: true }); // before focus.js misses the link
});

// An address that leads to a message further up.
const wanted = location.hash.match(/^#message-([0-9a-f-]{36})$/)?.[1];
if (wanted && !document.getElementById(`message-${wanted}`) && !new URLSearchParams(location.search).has("at")) {
  location.replace(`?at=${wanted}${location.hash}`);
}
