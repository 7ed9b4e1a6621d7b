"""An answer in Chromium: streamed it is what a reload shows, what is finished rests, and half a mark shows as none."""

import pytest
from playwright.sync_api import BrowserContext, expect

from chat.rendering import Renderer, render, to_htmx
from tests import corpus
from tests.browser import dom
from tests.browser.hostile import ANSWERS, SHORT
from tests.stage import EVERYTHING
from tests.steps import Chat
from tests.unit.rendering.documents import LINES
from tests.upstream import Finish, Gate, Hang, Say, Upstream

ALL = {
    **{kind: corpus.answer(kind, 600) for kind in corpus.KINDS},
    "everything": EVERYTHING,
    "awkward lines": "\n".join(LINES),
    "hostile": ANSWERS["one after the other"][:6_000],
}


@pytest.fixture
def watched(window: BrowserContext, chat: Chat) -> Chat:
    """A chat whose answers are watched as they grow."""
    dom.watch(window)
    return chat.open()


# Exact


@pytest.mark.parametrize("kind", ALL)
def test_the_streamed_answer_is_the_reloaded_one_and_what_was_finished_was_never_touched(
    watched: Chat, model: Upstream, window: BrowserContext, kind: str
) -> None:
    """Another page comes in the middle, as one does after a reload."""
    chat, gate = watched, Gate()
    frames = corpus.frames(ALL[kind])
    middle = len(frames) // 2
    model.script(Say(*frames[:middle], every=0.006), gate, Say(*frames[middle:], every=0.006), Finish())
    chat.send(f"Write {kind}")
    gate.wait_until_reached()
    expect(chat.text).not_to_be_empty()
    late = Chat(window.new_page(), chat.url).open(chat.path)
    expect(late.text).not_to_be_empty()
    gate.release()
    chat.sees_state("complete")
    late.sees_state("complete")
    streamed = dom.tree(chat)
    assert dom.tree(late) == streamed
    for page in (chat.page, late.page):
        assert page.evaluate("touched") == []
    assert chat.page.evaluate("replaced") <= chat.text.locator("figure.code").count()
    assert dom.tree(chat.reload()) == streamed


@pytest.mark.parametrize("texts", [SHORT, LINES, ["\n".join(LINES)], [EVERYTHING]], ids=len)
def test_patches_for_single_characters_come_to_what_a_reload_shows(
    chat: Chat, model: Upstream, texts: list[str]
) -> None:
    """The swap style in the page takes what the renderer makes, without a server and its frames in between."""
    model.script(Hang())
    chat.send("Wait")
    expect(chat.answer).to_have_attribute("hx-swap", "patch")
    for text in texts:
        renderer = Renderer()
        events = [to_htmx(patches) for patches in (*map(renderer.feed, text), renderer.finish()) if patches]
        chat.answer.evaluate(
            """(article, events) => {
                article.querySelector('[data-part="text"]').replaceChildren();
                for (const event of events) htmx.swap(article, event, {swapStyle: "patch"}, {contextElement: article});
            }""",
            events,
        )
        assert dom.tree(chat)[3] == dom.tree_of(chat.page, render(text)), text
    chat.button("Stop generating").click()
    chat.sees_state("stopped")


# At rest

PROSE = "The first paragraph.\n\nThe second, which "
RESTING = {
    "paragraph": (PROSE, "p", "goes on **and on**.\n\nThe third."),
    "list item": ("- one **item**\n- two", "li", " items\n- three\n\n  loose\n\nThe end."),
    "nested item": ("- one\n  - below\n  - below too\n- two", "li li", " items\n\nThe end."),
    "table row": ("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 |", "tbody tr", " 4 |\n| 5 | 6 |\n\nThe end."),
    "table head": ("| a | b |\n|---|---|\n| 1 ", "thead tr", "| 4 |\n| 5 | 6 |\n\nThe end."),
    "quote": ("> one\n>\n> two", "blockquote p", " quotes\n>\n> three\n\nThe end."),
    "block of code": ("```python\nx = 1\n```\n\nAnd", "figure code", " then.\n\nThe end."),
    "formula": ("$$\nx^2\n$$\n\nAnd", "math", " then $y$.\n\nThe end."),
    "list in a block before": ("1. one\n\n   two\n\n```\nx\n```\nAnd", "li p", " then\n\n- a\n- b\n"),
}


@pytest.mark.parametrize("what", RESTING)
def test_a_selection_in_what_is_finished_survives_to_the_end(chat: Chat, model: Upstream, what: str) -> None:
    begin, selector, rest = RESTING[what]
    gate = Gate()
    model.script(Say(begin), gate, Say(*rest, every=0.02), Finish())
    chat.send("Write")
    chat.sees_growing("")
    selected = select(chat, selector)
    gate.release()
    chat.sees_state("complete")
    assert selection(chat) == selected


def test_a_selection_in_a_line_of_code_survives_until_the_block_closes(chat: Chat, model: Upstream) -> None:
    gate, closing = Gate(), Gate()
    lines = [f"y = {number}\n" for number in range(30)]
    model.script(Say("```python\nx = 1\n"), gate, Say(*lines, every=0.02), closing, Say("```\n"), Finish())
    chat.send("Write")
    selected = select(chat, "code")
    gate.release()
    chat.sees_growing("y = 29")
    assert selection(chat) == selected
    closing.release()
    chat.sees_state("complete")
    assert chat.text.locator("code .mi").count() == 31


def select(chat: Chat, selector: str) -> str:
    """Select all there is of one element, and return it."""
    expect(chat.text.locator(selector).first).not_to_be_empty()
    chat.text.locator(selector).first.evaluate(
        "element => getSelection().setBaseAndExtent(element, 0, element, element.childNodes.length)"
    )
    selected = selection(chat)
    assert selected
    return selected


def selection(chat: Chat) -> str:
    said = chat.page.evaluate("getSelection().anchorNode?.isConnected ? getSelection().toString() : null")
    return str(said).strip()


# Half-written marks

PAUSES = {
    "**bo": "bo",
    "a *b": "a b",
    "a **bold** and ~~g": "a bold and g",
    "a `co": "a co",
    "[text](http://exa": "text",
    "see [the te": "see",
    "![a picture](http://exa": "a picture",
    "so far\n\n| a | b |": "so far",
    "so far\n\n| a | b |\n|--": "so far",
    "so far\n\n```py": "so far",
    "so far\n\n``": "so far",
    "so far\n\n$$\nx^2 +": "so far",
    "so far $x^": "so far",
    r"so far \(x^": "so far",
    "so far\n\n- ": "so far",
    "so far\n\n1.": "so far",
    "so far\n\n##": "so far",
    "so far\n\n> ": "so far",
    "so far\n\n> [!NO": "so far",
    "so far\n\n- [ ": "so far",
    "so far\n---": "so far",
    "so far &am": "so far",
    "so far \\": "so far",
    "so far[^1": "so far",
}


@pytest.mark.parametrize("text", PAUSES)
def test_a_pause_in_the_middle_of_a_mark_shows_no_raw_mark(chat: Chat, model: Upstream, text: str) -> None:
    gate = Gate()
    model.script(Say("Begin.\n\n", *text), gate, Finish())
    chat.send("Write")
    gate.wait_until_reached()
    expect(chat.text).to_have_text(f"Begin.\n\n{PAUSES[text]}", use_inner_text=True)
    gate.release()
    chat.sees_state("complete")


# Copy code


def test_copy_code_copies_just_the_code_and_says_so(chat: Chat, model: Upstream, window: BrowserContext) -> None:
    window.grant_permissions(["clipboard-read", "clipboard-write"])
    code = "def f(x):\n\tif x < 1 and '&amp;':\n        return \"<b>\"  # ünï 👩‍👩‍👧\n\n    return None\n"
    model.script(Say(f"So:\n\n- in an item\n\n```python\n{code}```\n\n```\nother\n```\n"), Finish())
    chat.send("Write code")
    chat.sees_state("complete")
    button = chat.button("Copy code").first
    button.focus()
    chat.page.keyboard.press("Enter")
    expect(chat.button("Copied")).to_be_focused()
    expect(chat.status).to_have_text("Code copied")
    assert chat.page.evaluate("navigator.clipboard.readText()") == code
    expect(chat.button("Copy code")).to_have_count(2)  # the first says so no more
    chat.button("Copy code").last.click()
    expect(chat.text.get_by_role("button", name="Copied")).to_have_count(1)
    assert chat.page.evaluate("navigator.clipboard.readText()") == "other\n"


def test_code_that_is_still_being_written_can_be_copied_too(
    chat: Chat, model: Upstream, window: BrowserContext
) -> None:
    window.grant_permissions(["clipboard-read", "clipboard-write"])
    gate = Gate()
    model.script(Say("```python\nx = 1\n"), gate, Say("y = 2\n```\n"), Finish())
    chat.send("Write code")
    chat.sees_growing("x = 1")
    chat.button("Copy code").click()
    expect(chat.status).to_have_text("Code copied")
    assert chat.page.evaluate("navigator.clipboard.readText()") == "x = 1\n"
    gate.release()
    chat.sees_state("complete")
    expect(chat.text.get_by_role("button")).to_have_text("Copy code")


def test_without_script_no_button_promises_to_copy(plain_chat: Chat, model: Upstream) -> None:
    chat, gate = plain_chat, Gate()
    model.script(Say("```python\nx = 1\n```\n\nThen.\n\nThe end"), gate, Say("."), Finish())
    chat.send("Write code")
    frame = chat.page.frame_locator("iframe")
    expect(frame.locator("figure.code")).to_be_visible()
    expect(frame.locator("figure.code button")).to_be_hidden()
    gate.release()
    frame.get_by_role("link", name="Show the finished answer").click()
    chat.sees_state("complete")
    expect(chat.text.locator("figure.code")).to_be_visible()
    expect(chat.text.locator("figure.code button")).to_be_hidden()
