// The swap style of a growing answer: each template names an element by the steps down the last children of its text, or
// of its reasoning, drops the last elements in it, or none, and adds its own content at its end. What stands before is
// never touched.
export function patch(article, fragment) {
  for (const { dataset, content } of fragment.querySelectorAll("template")) {
    let place = article.querySelector(`[data-part="${dataset.part ?? "text"}"]`);
    for (let steps = Number(dataset.at); steps > 0; steps--) place = place.lastElementChild;
    for (let drop = Number(dataset.drop ?? 0); drop > 0; drop--) place.lastElementChild.remove();
    place.append(content);
  }
}

htmx.defineExtension("patch", {
  handleSwap(style, article, fragment) {
    if (style !== "patch") return false;
    patch(article, fragment);
    return [];
  },
});
