// Ctrl+K or Cmd+K leads to the search box wherever it is hidden; Escape empties it, which brings the list of chats back.
const side = document.getElementById("side");
const box = side.querySelector("[type=search]");

document.addEventListener("keydown", (event) => {
  if (event.key !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  if (!box.checkVisibility({ visibilityProperty: true })) {
    const shows = [...document.querySelectorAll("#fold, .main [popovertarget=side]")];
    shows.find((button) => button.checkVisibility()).click();
  }
  focus();
  if (document.activeElement !== box) side.addEventListener("transitionend", focus, { once: true }); // it is unfolding
});

function focus() {
  box.focus();
  box.select();
}

// The link to more results goes; the keyboard goes on at the first it brought.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const link = detail.requestConfig.elt;
  if (!link.matches("#found .more a") || link !== document.activeElement) return;
  const before = link.closest("li").previousElementSibling;
  const settle = () => before.nextElementSibling?.querySelector("a").focus();
  document.addEventListener("htmx:afterSwap", settle, { once: true, capture: true }); // before focus.js misses the link
});

box.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !box.value) return;
  event.preventDefault(); // or the drawer would close as well
  event.stopPropagation();
  box.value = "";
  box.dispatchEvent(new Event("input"));
});
