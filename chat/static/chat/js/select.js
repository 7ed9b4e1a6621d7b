// Selects all that are on the page, or none; and says so where one has selected them one by one.
const all = document.getElementById("select-all");
const boxes = [...document.querySelectorAll('.selection [name="chat"]')];

function look() {
  const chosen = boxes.filter((box) => box.checked).length;
  all.checked = chosen === boxes.length;
  all.indeterminate = chosen > 0 && !all.checked;
}

all?.addEventListener("change", () => {
  for (const box of boxes) box.checked = all.checked;
});
for (const box of boxes) box.addEventListener("change", look);
if (all) look(); // a browser keeps what was selected over a reload
