// A model chosen while a turn is on its way is not taken back by the composer that comes with it.
document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  const chosen = detail.target.querySelector("#model");
  const coming = detail.fragment.querySelector("#model");
  if (!chosen || !coming) return;
  if ([...(coming.options ?? [])].some((option) => option.value === chosen.value)) coming.value = chosen.value;
});
