// Back or Forward while a page is still loading changes the address and nothing else, and nobody hears of it.
// A page whose address is not its own loads the one that is.
window.addEventListener("load", () => {
  if (document.body.dataset.path !== location.pathname) location.reload();
});
