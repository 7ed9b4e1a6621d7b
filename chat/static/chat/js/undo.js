// What was deleted can be had back for a few seconds; the notice that says so goes when they are over.
function count(root) {
  for (const notice of root.querySelectorAll(".undo [data-seconds]")) {
    setTimeout(() => dismiss(notice), Number(notice.dataset.seconds) * 1_000);
  }
}

function dismiss(notice) {
  const isFocused = notice.contains(document.activeElement);
  notice.remove();
  if (isFocused) document.getElementById("message")?.focus();
}

// Over the drawer, where that is open.
function show() {
  const notices = document.getElementById("undo");
  if (!notices.children.length || !document.querySelector(".side:popover-open")) return;
  notices.popover = "manual";
  notices.showPopover();
}

document.addEventListener("htmx:oobAfterSwap", ({ detail }) => {
  if (detail.target.id !== "undo") return;
  count(document);
  show();
});

count(document);
