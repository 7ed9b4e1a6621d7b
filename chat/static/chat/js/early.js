// Runs before the first paint, so that nothing flashes: that there is script, the theme, whether the list is folded.
// The theme's key is the Django admin's, so that one choice serves both.
{
  const root = document.documentElement;
  root.classList.add("has-script");
  try {
    root.dataset.theme = localStorage.getItem("theme") ?? "auto";
    root.dataset.side = localStorage.getItem("side") ?? "open";
  } catch {
    root.dataset.theme = "auto"; // storage is refused here
  }
}
