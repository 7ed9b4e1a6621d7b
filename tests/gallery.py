"""`make gallery`: every page in every state, at three widths, light and dark, to be looked at, in var/gallery/."""

from collections.abc import Callable
from functools import partial

from playwright.sync_api import Browser, Page, expect

from chat.rendering import Renderer
from tests import corpus
from tests.server import ROOT, Server
from tests.stage import ANSWER, EVERYTHING, NEXT_QUESTION, QUESTION, UNFINISHED, stage
from tests.steps import Chat
from tests.upstream import Cut, Finish, Gate, Hang, Headers, Say, Status, Think, Upstream

FOLDER = ROOT / "var" / "gallery"
SIZES = {390: 780, 820: 1100, 1440: 900}  # pixels
SCHEMES = ("light", "dark")
ANSWERS = {"everything": EVERYTHING, **{kind: corpus.answer(kind, 200) for kind in corpus.KINDS}}
SINGLE_PAGES = {
    "temporary": "/chat/?temporary=1",
    "chats": "/chats/",
    "archive": "/chats/archive/",
    "shares": "/shared/",
    "personas": "/personas/",
    "import": "/import/",
    "search": "/search/?q=sky",
    "sign-up": "/accounts/signup/",
    "sign-in": "/accounts/login/",
    "reset": "/accounts/password/reset/",
    "not-found": "/nowhere/",
    "offline": "/offline/",
}

Take = Callable[[str], None]


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with stage() as (server, model, browser):
        for scheme in SCHEMES:
            for width in SIZES:
                visit(server, model, browser, scheme, width)


def visit(server: Server, model: Upstream, browser: Browser, scheme: str, width: int) -> None:
    is_phone = width < 500
    context = browser.new_context(
        viewport={"width": width, "height": SIZES[width]},
        color_scheme=scheme,  # type: ignore[arg-type]
        has_touch=is_phone,
        is_mobile=is_phone,
    )
    page = context.new_page()

    def take(name: str) -> None:
        settle(page)
        page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png")

    chat = Chat(page, server.url)
    conversation(chat, model, take)
    thinking(chat, model, take)
    endings(chat, model, take)
    composing(chat, take)
    history(chat, take)
    answers(chat, model, take)
    for name, path in SINGLE_PAGES.items():
        chat.open(path)
        take(name)
    context.close()


def settle(page: Page) -> None:
    """Wait until what moves has come to rest; what moves for ever need not."""
    page.evaluate(
        """Promise.all(document.getAnimations()
            .filter((animation) => animation.effect.getTiming().iterations !== Infinity)
            .map((animation) => animation.finished.catch(() => null)))"""
    )
    page.wait_for_load_state("networkidle" if page.locator('[aria-busy="true"]').count() == 0 else "load")


def conversation(chat: Chat, model: Upstream, take: Take) -> None:
    chat.open()
    take("empty")
    model.script(Say(ANSWER), Finish())
    chat.send(QUESTION)
    chat.sees_state("complete")
    take("full")
    chat.edit(chat.questions.first, "")
    expect(chat.questions.get_by_role("alert")).not_to_be_empty()
    take("editor-refused")
    chat.editor.fill("Why is the sky blue, and not violet?\n\nIn two sentences, please.")
    take("editor")
    model.script(Say(ANSWER), Finish())
    chat.page.get_by_role("button", name="Send", exact=True).click()
    expect(chat.questions.get_by_text("2/2")).to_be_visible()
    chat.sees_state("complete")
    take("edited")
    model.script(Headers(), Hang())
    chat.send(NEXT_QUESTION)
    expect(chat.answer.get_by_text("Waiting for the model…")).to_be_visible()
    take("waiting")
    chat.button("Stop generating").click()
    chat.sees_state("stopped")
    model.script(Say(UNFINISHED), Hang())
    chat.send(NEXT_QUESTION)
    chat.sees_growing("before")
    take("streaming")
    chat.button("Stop generating").click()
    chat.sees_state("stopped")
    take("stopped")


def thinking(chat: Chat, model: Upstream, take: Take) -> None:
    thought, said = Gate(), Gate()
    model.script(Think(UNFINISHED), thought, Think(" it comes."), Say(ANSWER), said, Finish())
    chat.ask("Think first")
    expect(chat.thoughts).to_contain_text("before")
    take("thinking")
    chat.thinking.locator("summary").click()
    take("thinking-open")
    thought.release()
    chat.sees_growing("Because")
    take("thought-answering")
    chat.thinking.locator("summary").click()
    said.release()
    chat.sees_state("complete")
    take("thought")


def endings(chat: Chat, model: Upstream, take: Take) -> None:
    model.script(Say("So far so"), Cut())
    chat.send("Be cut")
    chat.sees_state("interrupted")
    take("interrupted")
    model.script(Status(500))
    chat.send("Fail")
    chat.sees_state("failed")
    chat.answer.get_by_label("About this message").click()
    take("failed")


def composing(chat: Chat, take: Take) -> None:
    chat.box.fill("A longer text\n" * 30)
    take("draft")
    chat.box.fill("too much " * 4_000)
    take("too-long")
    chat.box.fill("")
    show = chat.button("Show chats")
    if show.is_visible():
        show.click()
        take("drawer")
    else:
        chat.button("List of chats").click()
        take("folded")
        chat.button("List of chats").click()


def history(chat: Chat, take: Take) -> None:
    """What one does with a chat that is there."""
    for title in ("A haiku about rain", "What to pack for three days of hiking?", "Explain recursion to a child"):
        chat.open().send(title)
        chat.sees_state("complete")
    chat.answer.get_by_label("About this message").click()
    take("about")
    chat.choose("Pin")
    expect(chat.page.locator("#chats h2", has_text="Pinned")).to_be_attached()
    chat.page.locator("#heading .menu summary").click()
    take("menu")
    chat.page.keyboard.press("Escape")
    chat.choose("Rename")
    take("rename")
    chat.page.keyboard.press("Escape")
    chat.choose("Instructions")
    expect(chat.page.get_by_role("dialog", name="Instructions")).to_be_visible()
    take("instructions")
    chat.page.keyboard.press("Escape")
    there = chat.path
    chat.choose("Share…")
    take("share")
    chat.button("Make a link").click()
    take("shared-link")
    public = chat.page.get_by_role("link", name="Open what others see").get_attribute("href")
    chat.open("/shared/")
    take("shares-some")
    chat.open(public or "")
    take("shared")
    chat.open(there)
    chat.choose("Export…")
    take("export")
    chat.open(there)
    chat.choose("Delete")
    expect(chat.button("Undo").first).to_be_visible()
    take("deleted")
    chat.button("Undo").first.click()
    searching(chat, take)


def searching(chat: Chat, take: Take) -> None:
    show = chat.button("Show chats")
    if show.is_visible():
        show.click()
    chat.search_box.fill("rain")
    expect(chat.results.first).to_be_visible()
    take("found")
    chat.search_box.fill("nothing of the kind")
    expect(chat.results).to_have_count(0)
    take("not-found-by-search")


def answers(chat: Chat, model: Upstream, take: Take) -> None:
    """What people get, each as it grows and in the end, whole: the window grows with it."""
    for name, text in ANSWERS.items():
        begun = text[: len(text) * 2 // 3]
        gate = Gate()
        chat.open()
        model.script(Say(*corpus.frames(begun)), gate, Say(text[len(begun) :]), Finish())
        chat.send(f"Show me: {name}")
        renderer = Renderer()
        renderer.feed(begun)
        expect(chat.text.locator("p")).to_have_count(renderer.html.count("<p>"))
        whole(chat.page, partial(take, f"{name.replace(' ', '-')}-growing"))
        gate.release()
        chat.sees_state("complete")
        whole(chat.page, partial(take, f"{name.replace(' ', '-')}"))


def whole(page: Page, act: Callable[[], None]) -> None:
    """Act while the window is as high as the thread is long."""
    size = page.viewport_size
    assert size
    more = page.get_by_role("log").evaluate("thread => thread.scrollHeight - thread.clientHeight")
    page.set_viewport_size({"width": size["width"], "height": size["height"] + more})
    act()
    page.set_viewport_size(size)


if __name__ == "__main__":
    main()
