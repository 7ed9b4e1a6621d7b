"""How pages look: no flash of the wrong theme, nothing wider than a small phone, nothing that jumps or is illegible."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.server import Server
from tests.stage import EVERYTHING
from tests.steps import Chat
from tests.upstream import Cut, Finish, Gate, Hang, Say, Status, Upstream

HARD = """Averyveryveryverylongword{long}

```python
this_is_a_very_long_line_of_code = some_function(with_many_arguments, and_even_more, because_it_never_ends=True)
```

| one | two | three | four | five | six | seven | eight |
|---|---|---|---|---|---|---|---|
| something | something longer | a third thing | another cell | five and more | six of them | the seventh | last |

مرحبا بالعالم، هذا نص باللغة العربية من اليمين إلى اليسار.

- عنصر أول{long}
- [{long}](https://example.org/{long})

> 👨‍👩‍👧‍👦 🇩🇪🏳️‍🌈 `inline_code_{long}`
""".replace("{long}", "abcdefghij" * 12)

PAGES = ["/chat/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/nowhere/", "/offline/"]


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


# The theme


def test_the_theme_is_the_readers_and_the_switch_is_remembered_everywhere(chat: Chat, server: Server) -> None:
    page = chat.page
    light = background(page)
    page.emulate_media(color_scheme="dark")
    dark = background(page)
    assert light != dark
    page.get_by_title("Light").click()
    assert background(page) == light
    other = Chat(page.context.new_page(), server.url).open()
    other.page.emulate_media(color_scheme="dark")
    assert background(other.page) == light
    page.get_by_title("Dark").click()
    expect(other.page.get_by_label("Dark")).to_be_checked()
    page.emulate_media(color_scheme="light")
    page.reload()
    assert background(page) == dark
    chat.open("/admin/login/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    chat.open()
    page.get_by_title("As the system has it").click()
    assert background(page) == light


def test_no_page_flashes_in_the_wrong_theme(window: BrowserContext, server: Server) -> None:
    """The choice stands before the body does."""
    page = window.new_page()
    page.goto(server.url + "/offline/")
    page.get_by_title("Dark").click()
    page.add_init_script(
        """new MutationObserver((changes, observer) => {
            if (!document.body) return;
            window.themeAtFirst = document.documentElement.dataset.theme;
            observer.disconnect();
        }).observe(document, {childList: true, subtree: true})"""
    )
    for path in ("/chat/", "/accounts/login/"):
        page.goto(server.url + path)
        assert page.evaluate("window.themeAtFirst") == "dark"


# Room


@pytest.fixture
def small_chat(window: BrowserContext, server: Server) -> Chat:
    page = window.new_page()
    page.set_viewport_size({"width": 320, "height": 560})
    return Chat(page, server.url).open()


def test_nothing_breaks_the_layout_of_a_small_phone(small_chat: Chat, model: Upstream) -> None:
    chat = small_chat
    model.script(Say(HARD), Finish())
    chat.send("مرحبا " + "abcdefghij" * 12)
    chat.sees_state("complete")
    for element in ("document.documentElement", "document.getElementById('thread')"):
        assert chat.page.evaluate(f"{element}.scrollWidth - {element}.clientWidth") == 0
    assert chat.text.locator("pre").evaluate("pre => pre.scrollWidth > pre.clientWidth")  # it scrolls by itself
    chat.open_editor(chat.questions.first)
    assert chat.thread.evaluate("thread => thread.scrollWidth - thread.clientWidth") == 0


def test_nothing_in_an_answer_scrolls_sideways_but_code_tables_and_formulas(small_chat: Chat, model: Upstream) -> None:
    chat = small_chat
    model.script(Say(EVERYTHING), Finish())
    chat.send("Show me everything")
    chat.sees_state("complete")
    assert chat.thread.evaluate("thread => thread.scrollWidth - thread.clientWidth") == 0
    wide = chat.text.evaluate(
        """text => [...text.querySelectorAll("*")]
            .filter((element) => element.getBoundingClientRect().right > text.getBoundingClientRect().right + 1)
            .map((element) => element.closest("pre, table, math")?.localName ?? element.outerHTML)"""
    )
    assert set(wide) == {"pre", "table", "math"}
    for box in ("pre", "table", "math[display=block]"):
        assert set(chat.text.locator(box).evaluate_all("all => all.map((one) => getComputedStyle(one).overflowX)")) == {
            "auto"
        }


@pytest.mark.parametrize("path", PAGES)
def test_every_page_fits_a_small_phone(small_chat: Chat, path: str, complaints: list[str]) -> None:
    small_chat.open(path)
    assert small_chat.page.evaluate("document.documentElement.scrollWidth") == 320
    complaints.clear()  # a 404 is one


def test_right_to_left_text_begins_at_the_right(chat: Chat, model: Upstream) -> None:
    model.script(Say("مرحبا بالعالم\n\n- عنصر أول"), Finish())
    chat.send("مرحبا")
    chat.sees_state("complete")
    expect(chat.text).to_have_css("direction", "rtl")
    expect(chat.questions.locator("[data-part]")).to_have_css("direction", "rtl")


def test_right_to_left_parts_of_another_answer_have_their_bullets_bars_and_columns_at_the_right(
    chat: Chat, model: Upstream
) -> None:
    parts = ["English.\n\n- **عنصر**\n- two\n\n", "> اقتباس\n\n", "| اللون | b |\n|---|---|\n| 1 | 2 |\n\n- left\n"]
    model.script(Say(*"".join(parts), every=0.01), Finish())
    chat.send("Why?")
    chat.sees_state("complete")
    for _ in range(2):
        expect(chat.text).to_have_css("direction", "ltr")
        for tag in ("ul", "blockquote", "table"):
            expect(chat.text.locator(tag).first).to_have_css("direction", "rtl")
        expect(chat.text.locator("ul").last).to_have_css("direction", "ltr")
        chat.reload()


# Calm


def test_nothing_jumps_while_a_page_loads_and_an_answer_grows(chat: Chat, model: Upstream) -> None:
    """Cumulative Layout Shift (web.dev/articles/cls), counted for the whole time and not only its worst window."""
    page = chat.page
    page.add_init_script(
        """window.shift = 0;
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) window.shift += entry.value;
        }).observe({type: "layout-shift", buffered: true})"""
    )
    gate = Gate()
    words = [f"{word} " for word in HARD.split(" ")]
    model.script(gate, Say(*words, every=0.01), Finish())
    chat.open().send("Why?")
    expect(chat.answer.get_by_text("Waiting for the model…")).to_be_visible()
    chat.reload()
    gate.release()
    chat.sees_state("complete")
    assert page.evaluate("window.shift") < 0.02


# Legible, named, in order: what axe-core can tell


RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
# A code block or table that scrolls gets the keyboard's focus from the browser itself (Chromium 130, Firefox).
LEFT_OUT = {"scrollable-region-focusable": {"enabled": False}}


def complaints_of(page: Page) -> list[str]:
    page.evaluate("Promise.all(document.getAnimations().map((animation) => animation.finished))")
    results = Axe().run(page, options={"runOnly": RULES, "rules": LEFT_OUT})
    return [
        f"{violation['id']}: {node['html']} {node['failureSummary']}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[390, 1280])
def inspected(request: pytest.FixtureRequest, scheme: str, browser: Browser, server: Server) -> Iterator[Chat]:
    context = browser.new_context(
        viewport={"width": request.param, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    yield Chat(context.new_page(), server.url).open()
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_can_be_read_and_used_by_everyone(inspected: Chat, path: str) -> None:
    assert complaints_of(inspected.open(path).page) == []


def test_so_can_a_chat_in_each_of_its_states(inspected: Chat, model: Upstream) -> None:
    chat = inspected
    gate = Gate()
    model.script(Say(HARD), Finish())
    chat.send("Full")
    chat.sees_state("complete")
    chat.answer.get_by_label("About this message").click()
    assert complaints_of(chat.page) == []
    model.script(Say(EVERYTHING), Finish())
    chat.ask("Everything")
    chat.sees_state("complete")
    assert complaints_of(chat.page) == []
    chat.edit(chat.questions.first, "")
    expect(chat.questions.get_by_role("alert")).not_to_be_empty()
    assert complaints_of(chat.page) == []
    chat.button("Cancel").click()
    model.script(gate, Say("so far"), Hang())
    chat.send("Waiting")
    expect(chat.answer.get_by_text("Waiting for the model…")).to_be_visible()
    assert complaints_of(chat.page) == []
    gate.release()
    chat.sees_growing("so far")
    assert complaints_of(chat.page) == []
    chat.button("Stop generating").click()
    chat.sees_state("stopped")
    model.script(Say("so far"), Cut())
    chat.send("Cut")
    chat.sees_state("interrupted")
    model.script(Status(500))
    chat.send("Broken")
    chat.sees_state("failed")
    assert complaints_of(chat.page) == []
