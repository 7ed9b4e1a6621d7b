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

box.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !box.value) return;
  event.preventDefault(); // or the drawer would close as well
  event.stopPropagation();
  box.value = "";
  box.dispatchEvent(new Event("input"));
});
