"""A hostile answer in Chromium: nothing runs, nobody is called, nothing moves, whichever way it is shown."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, Request, expect

from chat.rendering import Renderer, to_htmx
from tests.browser.hostile import ANSWERS, SHORT
from tests.server import Server
from tests.steps import Chat
from tests.upstream import Finish, Gate, Hang, Say, Upstream

SPOKEN = """document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`refused: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`))"""

# What the thread must hold, and the page know: what a hostile answer would put others in the place of.
JUDGE = """() => {
    const text = [...document.querySelectorAll('[data-part="text"]')].at(-1);
    const found = [...text.querySelectorAll("*")].flatMap((element) => [...element.attributes]
        .filter(({name}) => /^(on|hx-|data-|sse-|id$|name$|style$|src|action|form|xlink|auto)/.test(name))
        .map(({name}) => `${element.localName} ${name}`));
    const tags = [...text.querySelectorAll(
        "script, style, link, meta, base, iframe, object, embed, form, svg, img, template, video, audio, dialog, " +
        "details, textarea, select, annotation-xml, mglyph, malignmark, maction, [dir]:not(ul, ol, blockquote, table)"
    )].map((element) => element.localName);
    const links = [...text.querySelectorAll("a[href]")]
        .filter((link) => !["http:", "https:", "mailto:"].includes(link.protocol) || link.target !== "_blank" ||
            link.rel !== "noopener noreferrer nofollow ugc" || link.host === location.host)
        .map((link) => link.outerHTML);
    const inputs = [...text.querySelectorAll("input")]
        .filter((input) => input.type !== "checkbox" || !input.disabled).map((input) => input.outerHTML);
    return [...found, ...tags, ...links, ...inputs];
}"""


@pytest.fixture
def alarmed(window: BrowserContext, server: Server, complaints: list[str]) -> Iterator[BrowserContext]:
    """A window in which any dialog, window, or request to another host is a complaint, as errors and refusals are."""
    pages: list[Page] = []

    def hear_dialog(dialog: Dialog) -> None:
        complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def hear_request(request: Request) -> None:
        if not request.url.startswith(server.url):
            complaints.append(f"request: {request.url}")
        if "/accounts/" in request.url or "/nowhere" in request.url:
            complaints.append(f"request: {request.method} {request.url}")

    def watch(page: Page) -> None:
        pages.append(page)
        page.on("dialog", hear_dialog)

    window.on("page", watch)
    window.on("request", hear_request)
    window.add_init_script(SPOKEN)
    yield window
    assert len(pages) == 1, "a window opened"


@pytest.fixture
def victim(alarmed: BrowserContext, server: Server) -> Chat:
    return Chat(alarmed.new_page(), server.url).open()


def went_to(page: Page) -> list[str]:
    """Collect where the page goes from now on."""
    places: list[str] = []
    page.on("framenavigated", lambda frame: places.append(frame.url))
    return places


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_hostile_answer_does_nothing_streamed_or_reloaded(victim: Chat, model: Upstream, kind: str) -> None:
    chat, text = victim, ANSWERS[kind]
    pieces = [text[start : start + 7] for start in range(0, len(text), 7)]
    model.script(Say(*pieces, every=0.001), Finish())
    chat.send("Be evil")
    expect(chat.answers).to_have_count(1)
    places = went_to(chat.page)
    chat.sees_state("complete")
    assert places == []
    expect(chat.page).to_have_title("Be evil · ChatStream")
    assert chat.page.evaluate(JUDGE) == []
    chat.reload()
    chat.sees_state("complete")
    assert chat.page.evaluate(JUDGE) == []
    chat.page.wait_for_load_state("networkidle")
    assert places == [chat.page.url]
    expect(chat.button("Send message")).to_be_visible()


@pytest.mark.parametrize("kind", ANSWERS)
def test_nor_does_it_in_the_frame_that_needs_no_script(victim: Chat, model: Upstream, kind: str) -> None:
    """Shown with script on, which is the harder test."""
    chat, gate = victim, Gate()
    model.script(Say(ANSWERS[kind]), gate, Finish())
    chat.send("Be evil")
    gate.wait_until_reached()
    chat.answer.evaluate(
        """article => {
            const frame = document.createElement("iframe");
            frame.src = `/messages/${article.id.replace("message-", "")}/live/`;
            document.body.append(frame);
        }"""
    )
    frame = chat.page.frame_locator("iframe")
    expect(frame.locator('[data-part="text"]')).not_to_be_empty()
    places = went_to(chat.page)
    gate.release()
    expect(frame.get_by_role("link", name="Show the finished answer")).to_be_attached()
    assert frame.locator("body").evaluate(JUDGE) == []
    assert places == []


def test_markup_cut_at_every_character_does_nothing_at_any_moment(victim: Chat, model: Upstream) -> None:
    """The swap style in the page takes what the renderer makes, without a server and its frames in between."""
    chat = victim
    model.script(Hang())
    chat.send("Wait")
    expect(chat.answer).to_have_attribute("hx-swap", "patch")
    places = went_to(chat.page)
    for text in SHORT:
        renderer = Renderer()
        events = [to_htmx(patches) for patches in (*map(renderer.feed, text), renderer.finish()) if patches]
        found = chat.answer.evaluate(
            f"""(article, events) => {{
                article.querySelector('[data-part="text"]').replaceChildren();
                return events.flatMap((event) => {{
                    htmx.swap(article, event, {{swapStyle: "patch"}}, {{contextElement: article}});
                    return ({JUDGE})();
                }});
            }}""",
            events,
        )
        assert found == [], text
    chat.page.wait_for_load_state("networkidle")
    assert places == []
    chat.button("Stop generating").click()
    chat.sees_state("stopped")
