// A menu closes when one looks elsewhere or presses Escape, which gives its button the focus back.
const open = () => document.querySelector("details.menu[open]");

document.addEventListener("click", ({ target }) => {
  const menu = open();
  if (menu && !menu.contains(target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = open();
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
