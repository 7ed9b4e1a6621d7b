// Arrow keys lead from the search box through what was found, and from a menu's button through what it offers.
const ROWS = ["#side [type=search], #found a", "details.menu[open] > summary, details.menu[open] .choices :is(a, button)"];

document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return;
  for (const each of ROWS) {
    const row = [...document.querySelectorAll(each)].filter((element) => element.checkVisibility());
    const next = row.includes(event.target) && row[row.indexOf(event.target) + step];
    if (!next) continue;
    event.preventDefault();
    next.focus();
  }
});
