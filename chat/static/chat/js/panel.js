// A panel opens when its content is there, and closes when what it holds is saved. Escape and Cancel need no script.
document.addEventListener("htmx:load", ({ target }) => {
  const panel = target.closest("dialog.panel");
  if (panel && !panel.open) panel.showModal();
});

document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  const panel = target.closest("dialog.panel");
  if (!panel || !detail.successful || detail.requestConfig.verb === "get") return;
  panel.close();
  document.dispatchEvent(new CustomEvent("chat:announce", { detail: "Saved. It holds for the answers from now on." }));
});
