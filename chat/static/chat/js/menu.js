// A menu closes when one looks elsewhere or presses Escape, which gives its button the focus back.
const open = () => document.querySelector("details.menu[open]");

document.addEventListener("click", ({ target }) => {
  const menu = open();
  if (menu && !menu.contains(target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = open();
  if (event.key !== "Escape" || !menu) return;
  event.preventDefault(); // the drawer that it may be in stays open
  menu.open = false;
  menu.querySelector("summary").focus();
});

// What is done by the menu in the page's head, or by what it opens there, draws it anew.
document.addEventListener("htmx:oobBeforeSwap", ({ detail: { target } }) => {
  if (target.id !== "heading" || !target.contains(document.activeElement)) return;
  const settle = () => document.querySelector("#heading summary")?.focus();
  document.addEventListener("htmx:oobAfterSwap", settle, { once: true, capture: true }); // before focus.js misses it
});
