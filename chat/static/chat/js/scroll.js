// The thread follows what grows in it while its reader is at its end; to one who is not, a button offers the way.
// A turn that was just sent is at the end, and thread.css sees to it that the question then stands in the top third.
const FAR = 160; // pixels from the end from where on the button is worth showing

const thread = document.getElementById("thread");
const latest = document.getElementById("latest");
const remaining = () => thread.scrollHeight - thread.scrollTop - thread.clientHeight;
const toEnd = (behavior) => thread.scrollTo({ top: thread.scrollHeight, behavior });
const hasMessages = () => thread.querySelector(".message") !== null;
let follows = hasMessages();
let top = 0;

// The scroll event of a frame comes before its ResizeObserver: who scrolls up is never pulled back.
thread.addEventListener("scroll", () => {
  if (remaining() < 4) follows = hasMessages();
  else if (thread.scrollTop < top) follows = false;
  top = thread.scrollTop;
  offer();
});

function offer() {
  latest.hidden = follows || remaining() < FAR || !hasMessages();
}

function goOn() {
  if (follows) toEnd("auto"); // smooth where motion is welcome: see thread.css
  offer();
}

const sizes = new ResizeObserver(goOn);

function watch() {
  sizes.disconnect();
  for (const element of [thread, ...thread.children]) sizes.observe(element);
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target === thread) follows = true; // a turn of one's own
});

latest.addEventListener("click", () => {
  follows = true;
  goOn();
  thread.focus({ preventScroll: true }); // the button goes; the keyboard goes on from here
});

new MutationObserver(watch).observe(thread, { childList: true });
watch();
if (follows && !location.hash) toEnd("instant");
