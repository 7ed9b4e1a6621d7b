// What one said on the desk and did not save yet is not thrown away: by a key not at all, by a link or a button not
// without being asked.
const FORMS = ".judgement form[data-what]";
const FIELDS = "input, textarea, select";
const OTHERWISE = {
  radio: (field) => field.checked !== field.defaultChecked,
  "select-one": ({ options, selectedIndex }) =>
    selectedIndex !== Math.max([...options].findIndex((option) => option.defaultSelected), 0),
};

let sent = null; // the form that is on its way: what it says is not lost

const isChanged = (field) => OTHERWISE[field.type]?.(field) ?? field.value !== field.defaultValue;
const isUnsaved = (form) =>
  form !== sent && ("refused" in form.dataset || [...form.querySelectorAll(FIELDS)].some(isChanged));
const unsaved = () => [...document.querySelectorAll(FORMS)].find(isUnsaved);

// Whether something is not saved yet; then one is led to it.
export function isHeldBack() {
  const form = unsaved();
  if (!form) return false;
  const sentence = `Your ${form.dataset.what} is not saved yet.`;
  form.closest("details").open = true;
  const told = form.querySelector(".unsaved") ?? form.appendChild(document.createElement("p"));
  told.className = "unsaved";
  told.textContent = sentence;
  document.dispatchEvent(new CustomEvent("chat:announce", { detail: sentence }));
  (form.querySelector(":checked") ?? form.querySelector('input:not([type="hidden"]), textarea')).focus();
  return true;
}

document.addEventListener("submit", (event) => (sent = event.defaultPrevented ? null : event.target));

addEventListener("beforeunload", (event) => {
  if (unsaved()) event.preventDefault();
  sent = null; // who stays may send it again
});
