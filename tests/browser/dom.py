"""What a page's document holds, compared node by node; and what happens to it while an answer grows."""

from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.steps import Chat

_TREE = """text => {
    const tree = (node) => node.nodeType === Node.TEXT_NODE ? node.data : [
        node.namespaceURI,
        node.nodeName,
        [...(node.attributes ?? [])].map(({name, value}) => `${name}=${value}`).sort(),
        [...node.childNodes].map(tree),
    ];
    const copy = text.cloneNode(true);
    copy.normalize();  // what was one text in two pieces is one
    return tree(copy);
}"""

# Finished is a block that isn't on the way down the last children. No such one may lose a node, or be taken out.
_WATCH = """(() => {
    const BLOCKS = "p, li, tr, h3, h4, h5, h6, figure, blockquote, hr";
    const finished = new WeakSet();
    window.touched = [];

    const isInFinished = (node) => {
        for (let up = node; up; up = up.parentNode) if (finished.has(up)) return true;
        return false;
    };
    const isFinished = (node) => finished.has(node) || [...(node.querySelectorAll?.("*") ?? [])].some(isFinished);
    const say = (node) => window.touched.push(node.outerHTML ?? node.data);

    function look(text, records) {
        for (const {target, removedNodes, nextSibling} of records)
            for (const node of removedNodes)
                if (nextSibling || isFinished(node) || isInFinished(target)) say(node);
        for (const {removedNodes, addedNodes, type, target, oldValue} of records) {
            if (type === "characterData" && !target.data.startsWith(oldValue)) say(target);
            for (const node of removedNodes) if (node.matches?.("figure.code")) window.replaced++;
        }
        for (const block of text.querySelectorAll(BLOCKS))
            if (![...ends(text)].includes(block)) finished.add(block);
    }

    function* ends(text) {
        for (let end = text; end; end = end.lastElementChild) yield end;
    }

    window.replaced = 0;
    document.addEventListener("htmx:sseOpen", (event) => {
        const text = event.target.querySelector('[data-part="text"]');
        const observer = new MutationObserver((records) => look(text, records));
        observer.observe(text, {childList: true, characterData: true, characterDataOldValue: true, subtree: true});
    }, {once: true});
})()"""


def tree(chat: Chat) -> Any:
    """The last answer as nested lists: namespace, name, attributes, children."""
    return chat.text.evaluate(_TREE)


def tree_of(page: Page, html: str) -> Any:
    """The same of an element that `html` fills, as a page that is loaded would."""
    return page.evaluate(
        f"""html => {{
            const page = new DOMParser().parseFromString(`<body><div>${{html}}</div>`, "text/html");
            return ({_TREE})(page.body.firstChild)[3];
        }}""",
        html,
    )


def watch(window: BrowserContext) -> None:
    """Keep in `touched` what happens to finished blocks of the answers that pages will see grow."""
    window.add_init_script(_WATCH)
