// Who presses Next twice while the next chat loads means one: the second would pass over what the first has claimed.
const ONCE = "form[data-once]";
const WHILE = 5_000; // milliseconds; who has stopped the page from loading may press again

let last = -Infinity;

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || !event.target.matches(ONCE)) return;
  if (event.timeStamp - last < WHILE) event.preventDefault();
  else last = event.timeStamp;
});

// Who is asked whether to leave (admin-drafts.js) and stays, or comes back, may send it again.
addEventListener("beforeunload", (event) => event.defaultPrevented && (last = -Infinity));
addEventListener("pageshow", () => (last = -Infinity));
