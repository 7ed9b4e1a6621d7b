// The thread follows what grows in it while its reader is at its end; to one who is not, a button offers the way.
// A turn that was just sent is at the end, and thread.css sees to it that the question then stands in the top third.
const FAR = 160; // pixels from the end from where on the button is worth showing

const thread = document.getElementById("thread");
const latest = document.getElementById("latest");
const room = () => thread.scrollHeight - thread.clientHeight;
const remaining = () => room() - thread.scrollTop;
const toEnd = (behavior) => thread.scrollTo({ top: thread.scrollHeight, behavior });
const showsEnd = () => thread.lastElementChild.matches(".message"); // not a welcome, nor the way to later messages
let follows = showsEnd() && !location.hash.startsWith("#message-"); // an address may lead to one message
let last = { top: 0, room: 0 };

// The scroll event of a frame comes before its ResizeObserver: who scrolls up is never pulled back. Only where there is
// less room than before, the browser may have moved the thread by itself.
thread.addEventListener("scroll", () => {
  if (remaining() < 4) follows = showsEnd();
  else if (thread.scrollTop < last.top && room() >= last.room) follows = false;
  remember();
  offer();
});

function remember() {
  last = { top: thread.scrollTop, room: room() };
}

function offer() {
  latest.hidden = follows || remaining() < FAR || !showsEnd();
}

function goOn() {
  if (follows) toEnd("auto"); // smooth where motion is welcome: see thread.css
  remember();
  offer();
}

const sizes = new ResizeObserver(goOn);

function watch() {
  sizes.disconnect();
  for (const element of [thread, ...thread.children]) sizes.observe(element);
}

// A turn of one's own. It came with an empty composer, which left the thread more height and may have moved it.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target !== thread || event.detail.requestConfig.verb !== "post") return;
  follows = true;
  last.top = 0;
});

// Who opens what a model thought reads it from its beginning, unless it is being thought.
thread.addEventListener("click", ({ target }) => {
  const answer = target.closest(".thinking > summary")?.closest(".message");
  if (answer && !answer.matches('[aria-busy="true"]:has(> .thinking + [data-part="text"]:empty)')) follows = false;
});

latest.addEventListener("click", () => {
  follows = true;
  goOn();
  thread.focus({ preventScroll: true }); // the button goes; the keyboard goes on from here
});

new MutationObserver(watch).observe(thread, { childList: true });
watch();
if (follows) toEnd("instant");
else document.getElementById(location.hash.slice(1))?.scrollIntoView({ behavior: "instant" }); // before more comes above
