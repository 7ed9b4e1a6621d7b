// Words that a search found are marked in the message it led to, and brought into sight. The thread stays as it is: what
// is marked are ranges of its text, which search.css colours.
const BLOCKS = "p, li, th, td, pre, h1, h2, h3, h4, h5, h6";
const thread = document.getElementById("thread");
const message = document.getElementById(location.hash.slice(1));
const words = new URLSearchParams(location.search).getAll("find").map((word) => word.trim());
const nodes = []; // of the message's text
let text = "";

function read(part) {
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  let block = null;
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const around = node.parentElement.closest(BLOCKS);
    if (around !== block) text += "\n";
    block = around;
    nodes.push({ node, start: text.length });
    text += node.data;
  }
}

// Where a word stands, as a whole or, as in Chinese, among others; it may begin in one element and end in the next.
function rangesOf(word) {
  const letters = word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&").replace(/\s+/g, "\\s+");
  const whole = [...text.matchAll(new RegExp(`(?<![\\p{L}\\p{N}])${letters}(?![\\p{L}\\p{N}])`, "giu"))];
  const places = whole.length ? whole : [...text.matchAll(new RegExp(letters, "giu"))];
  return places.map(({ index, 0: found }) => {
    const [first, last] = [nodeAt(index), nodeAt(index + found.length - 1)];
    const range = new Range();
    range.setStart(first.node, index - first.start);
    range.setEnd(last.node, index + found.length - last.start);
    return range;
  });
}

const nodeAt = (place) => nodes.findLast(({ start }) => start <= place);

function bringIntoSight(range) {
  const [place, room] = [range.getBoundingClientRect(), thread.getBoundingClientRect()];
  if (place.top >= room.top && place.bottom <= room.bottom - room.height / 4) return;
  thread.scrollBy({ top: place.top - room.top - room.height / 3, behavior: "instant" });
}

function show() {
  read(message.querySelector('[data-part="text"]'));
  const ranges = words.filter(Boolean).flatMap(rangesOf);
  CSS.highlights.set("found", new Highlight(...ranges));
  if (ranges.length) bringIntoSight(ranges[0]);
}

// Until a page is loaded the browser leads to the message's beginning again and again.
if (message?.matches("#thread > .message") && CSS.highlights) {
  if (document.readyState === "complete") show();
  else addEventListener("load", () => requestAnimationFrame(show), { once: true });
}
