// The line above which the model sees nothing any more goes where the server says, when it says so.
document.addEventListener("htmx:oobAfterSwap", ({ target }) => {
  if (target.id !== "horizon") return;
  document.querySelector(".horizon")?.remove();
  document.getElementById(target.dataset.before)?.before(target.content.cloneNode(true));
});
