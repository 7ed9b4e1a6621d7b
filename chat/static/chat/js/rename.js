// A title is changed where it stands: Enter saves, and so does going elsewhere; Escape, or nothing new, leaves it.
const formOf = (element) => element.closest?.(".rename");
const isNew = (input) => input.value.trim() && input.value !== input.defaultValue;

document.addEventListener("htmx:load", ({ target }) => target.matches(".rename") && target.elements.title.select());

document.addEventListener("keydown", (event) => {
  const form = formOf(event.target);
  if (!form || event.key !== "Escape") return;
  event.preventDefault(); // the drawer stays open
  const place = form.parentElement;
  leave(form);
  place.querySelector("summary, .manage button").focus();
});

document.addEventListener("focusout", ({ target }) => {
  const form = formOf(target);
  if (!form || form.matches(".htmx-request, [data-done]") || !document.hasFocus()) return; // another window; one comes back
  if (isNew(target)) form.requestSubmit();
  else leave(form);
});

// What it brings comes in its place.
document.addEventListener("htmx:beforeOnLoad", ({ target, detail }) => {
  if (!target.matches(".rename")) return;
  if (detail.xhr.status < 400) target.dataset.done = "";
  else {
    target.elements.title.ariaInvalid = "true";
    target.elements.title.focus(); // to be mended where it stands
  }
});

function leave(form) {
  form.dataset.done = "";
  form.remove();
  document.dispatchEvent(new CustomEvent("chat:renamed"));
}

// While one types, a title that comes from elsewhere waits.
document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  const isTyped = detail.target.id === "heading" && detail.target.querySelector(".rename:not([data-done])");
  if (isTyped) detail.shouldSwap = false;
});
