// An announcement that was dismissed stays away for as long as this window is open. It is hidden as soon as it is read
// from the page, before anything is painted: nothing flashes, nothing jumps.
{
  const keyOf = (announcement) => `announcement-${announcement.dataset.announcement}`;
  const keys = matchMedia("(hover: hover) and (pointer: fine)"); // a touch screen would bring up its keyboard

  const isDismissed = (announcement) => {
    try {
      return sessionStorage.getItem(keyOf(announcement)) !== null;
    } catch {
      return false; // storage is refused here
    }
  };

  const hide = () => {
    for (const each of document.querySelectorAll(".announcement")) each.hidden ||= isDismissed(each);
  };
  const watch = new MutationObserver(hide);
  watch.observe(document, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", () => watch.disconnect());

  document.addEventListener("click", ({ target }) => {
    const announcement = target.closest?.(".announcement button")?.parentElement;
    if (!announcement) return;
    announcement.hidden = true;
    try {
      sessionStorage.setItem(keyOf(announcement), "");
    } catch {}
    const next = document.querySelector(".announcement:not([hidden]) button");
    if (next || keys.matches) (next ?? document.getElementById("message") ?? document.querySelector("main a"))?.focus();
  });
}
