// Work on the page of a claimed chat begins its time anew: once a minute at most, and only where there was work.
const turn = document.querySelector("#review-turn");
const MINUTE = 60_000;

if (turn) {
  const token = turn.querySelector("[name=csrfmiddlewaretoken]").value;
  let last = Date.now();

  const extend = async () => {
    if (Date.now() - last < MINUTE) return;
    last = Date.now();
    const answer = await fetch(turn.dataset.extend, { method: "POST", headers: { "X-CSRFToken": token } }).catch(() => null);
    turn.querySelector(".lost").hidden = answer?.status !== 409;
  };

  for (const work of ["keydown", "pointerdown", "scroll"]) document.addEventListener(work, extend, { passive: true });
}
