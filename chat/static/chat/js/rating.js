// The form that asks why an answer is good or bad opens below it and closes without asking the server: Escape and
// Cancel take it away, and the focus goes back to the button that is pressed.
const ratingOf = (element) => element.closest?.(".rating");
const pressed = (rating) => rating.querySelector('[aria-pressed="true"]');

function leave(rating) {
  rating.querySelector(".reasons").remove();
  pressed(rating).focus();
}

document.addEventListener("click", ({ target }) => target.matches("[data-leaves]") && leave(ratingOf(target)));

document.addEventListener("keydown", (event) => {
  const rating = ratingOf(event.target);
  if (event.key !== "Escape" || event.isComposing || !rating?.querySelector(".reasons")) return;
  event.preventDefault();
  leave(rating);
});

// What holds the focus is taken away with the form; htmx gives it on to the button that comes in the place of this one.
document.addEventListener("htmx:beforeSwap", ({ target, detail }) => {
  if (!target.matches(".rating") || detail.xhr.status >= 400) return;
  if (document.activeElement.matches(".reasons *")) pressed(target)?.focus();
});

document.addEventListener("htmx:afterSwap", ({ target, detail }) => {
  const form = target.matches(".rating") && target.querySelector(".reasons");
  if (!form) return;
  if (detail.requestConfig.verb === "get") form.querySelector('[type="checkbox"]').focus();
  form.scrollIntoView({ block: "nearest" });
});

// What could not be saved is mended where it stands.
document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (target.matches(".reasons") && !detail.successful) target.elements.comment.focus();
});

document.addEventListener("input", ({ target }) => {
  target.closest(".reasons")?.querySelector(".trouble").replaceChildren();
});
