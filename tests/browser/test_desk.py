"""The reading desk in a browser: read along, play again, and do all of it by keys."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, expect

from tests.browser.test_look import complaints_of
from tests.server import Server
from tests.stage import EVERYTHING
from tests.steps import Chat, Desk, eventually
from tests.upstream import Cut, Finish, Gate, Hang, Say, Status, Think, Upstream

SLOW = [f"word{number} " for number in range(10)]


@pytest.fixture(scope="module")
def staff(server: Server) -> None:
    make = "User.objects.create_superuser('desk', password='a secret')"
    server.manage("shell", f"--command=from chat.models import User; {make}")


@pytest.fixture
def desk(window: BrowserContext, browser: Browser, server: Server, staff: None) -> Iterator[Desk]:
    """A reviewer's browser beside the guest's; listened to as that is."""
    yield Desk(window.new_page(), server.url)


@pytest.fixture
def chat(browser: Browser, server: Server) -> Iterator[Chat]:
    """A guest in a browser of their own."""
    context = browser.new_context()
    yield Chat(context.new_page(), server.url).open()
    context.close()


def told(chat: Chat, model: Upstream) -> None:
    """Ask, and have an answer that takes a second, with a stall of another in its middle."""
    model.script(Say(*SLOW, every=0.1), Say("", every=1.2), Say("at last."), Finish())
    chat.ask("Tell me")
    chat.sees_state("complete")


def test_an_answer_is_read_along_and_ends_as_the_page_has_it(desk: Desk, chat: Chat, model: Upstream) -> None:
    thought, said = Gate(), Gate()
    model.script(Think("Let me see."), thought, Say("so *far"), said, Say("* so good.\n\n- one"), Finish(usage=(3, 5)))
    chat.ask("Why?")
    expect(chat.thoughts).to_contain_text("see")
    desk.sign_in("desk", "a secret").read(chat)
    expect(desk.answer).to_have_attribute("aria-busy", "true")
    thought.release()
    expect(desk.text).to_contain_text("far")
    expect(desk.aside).to_contain_text("Not yet")
    said.release()
    expect(desk.answer).to_have_attribute("data-state", "complete")
    expect(desk.aside).to_contain_text("3 read, 5 written")
    expect(desk.play_button).to_be_visible()
    live = desk.page.locator(".transcript").inner_html()
    desk.page.reload()
    after = desk.page.locator(".transcript").inner_html()
    assert tidy(live) == tidy(after)


def tidy(html: str) -> str:
    """Without what is told anew each time: the token, and what the keys are at."""
    html = re.sub(r'(name="(?:csrfmiddlewaretoken|drawn)" value)="[\w.]+"| data-current=""', r"\1", html)
    return re.sub(r"\s+", "", html.replace(' class=""', "").replace(' hx-swap-oob="true"', ""))


def test_what_ends_while_one_reads_along_is_judged_at_once(desk: Desk, chat: Chat, model: Upstream) -> None:
    said = Gate()
    model.script(Say("so far"), said, Say(" so good."), Finish())
    chat.ask("Why?")
    expect(chat.page.get_by_text("so far")).to_be_visible()
    desk.sign_in("desk", "a secret").read(chat)
    expect(desk.answer).to_have_attribute("aria-busy", "true")
    expect(desk.judging).to_be_empty()
    said.release()
    expect(desk.judging.get_by_text("Judge this answer")).to_be_visible()
    desk.press("j")
    desk.press("b")
    desk.press("Enter")
    expect(desk.page.get_by_text("Your verdict is kept.")).to_be_visible()
    expect(desk.judging.locator(".said-of-it .tag")).to_have_text("Bad")


def have_two_long_answers(chat: Chat, model: Upstream) -> None:
    for question in ("Tell me", "And?"):
        model.script(Say(*[f"A line of {question}\n\n"] * 40), Finish())
        chat.ask(question)
        chat.sees_state("complete")


def test_a_verdict_is_said_by_two_keys_on_what_is_marked(desk: Desk, chat: Chat, model: Upstream) -> None:
    have_two_long_answers(chat, model)
    desk.sign_in("desk", "a secret").read(chat)
    first, second = desk.page.locator('[data-entry="assistant"]').all()
    marked = desk.page.locator("[data-current]")
    expect(marked).to_have_count(1)
    desk.press("j")
    desk.press("j")
    expect(second).to_have_attribute("data-current", "")
    desk.press("g")
    good = second.get_by_role("radio", name="Good")
    expect(good).to_be_checked()
    expect(good).to_be_focused()
    expect(first.locator("input:checked")).to_have_count(0)
    desk.press("b")
    desk.press("Enter")
    expect(desk.page.get_by_text("Your verdict is kept.")).to_be_visible()
    expect(second.locator(".said-of-it .tag")).to_have_text("Bad")
    expect(second).to_have_attribute("data-current", "")
    desk.page.locator("#judging").scroll_into_view_if_needed()
    desk.page.evaluate("document.activeElement.blur(); scrollTo(0, document.body.scrollHeight)")
    expect(desk.page.locator("#judging")).to_have_attribute("data-current", "")
    desk.press("u")
    expect(desk.page.locator("#judging").get_by_role("radio", name="Unsure")).to_be_focused()
    desk.press("Enter")
    expect(desk.page.locator("#judging .said-of-it .tag")).to_have_text("Unsure")


def test_what_is_not_saved_is_not_thrown_away(desk: Desk, chat: Chat, model: Upstream) -> None:
    model.script(Say("Short."), Finish())
    chat.ask("And?")
    chat.sees_state("complete")
    desk.sign_in("desk", "a secret").read(chat)
    page, asked = desk.page, []
    address = page.url

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    desk.press("j")
    desk.press("f")
    reason = desk.judging.get_by_label("Flag it, because")
    expect(reason).to_be_focused()
    reason.press_sequentially("bungled ?")
    expect(reason).to_have_value("bungled ?")
    desk.press("Tab")
    desk.press("n")
    expect(page.locator("#status")).to_have_text("Your flag is not saved yet.")
    expect(desk.judging.get_by_text("Your flag is not saved yet.")).to_be_visible()
    expect(reason).to_be_focused()
    assert asked == []
    page.get_by_role("button", name="Next in the queue").last.click()
    eventually(lambda: asked == ["beforeunload"])
    assert page.url == address
    expect(reason).to_have_value("bungled ?")
    reason.press("Enter")
    expect(page.get_by_text("The flag is up.")).to_be_visible()
    assert asked == ["beforeunload"]


def test_an_answer_is_played_paused_hurried_and_shown_whole(desk: Desk, chat: Chat, model: Upstream) -> None:
    told(chat, model)
    desk.sign_in("desk", "a secret").read(chat)
    whole = desk.text.inner_html()
    desk.play_button.click()
    expect(desk.text).to_contain_text("word2")
    expect(desk.text).not_to_contain_text("at last")
    expect(desk.play_button).to_have_text("Pause")
    desk.play_button.click()
    expect(desk.play_button).to_have_text("Play")
    paused = desk.text.inner_html()
    assert paused != whole
    desk.replay.get_by_role("button", name="Longest stall").click()
    expect(desk.text).to_contain_text("word9")
    expect(desk.text).not_to_contain_text("at last")
    desk.replay.get_by_role("button", name="16×").click()
    expect(desk.play_button).to_have_text("Play")  # it has come to its end
    assert desk.text.inner_html() == whole
    desk.replay.get_by_role("button", name="1×", exact=True).click()
    desk.play_button.click()
    expect(desk.text).not_to_contain_text("at last")
    desk.replay.get_by_role("button", name="Whole answer").click()
    assert desk.text.inner_html() == whole
    expect(desk.play_button).to_have_text("Play")


def test_what_was_played_to_its_end_is_what_the_page_held(desk: Desk, chat: Chat, model: Upstream) -> None:
    """Not brought back: what the stream made of it is looked at just before that."""
    model.script(Say(*re.split(r"(?<=\n)", EVERYTHING), every=0.005), Finish())
    chat.ask("Everything")
    chat.sees_state("complete")
    desk.sign_in("desk", "a secret").read(chat)
    whole = desk.text.inner_html()
    desk.text.evaluate("""text => {
        window.played = [];
        new MutationObserver(() => window.played.push(text.innerHTML)).observe(text, {childList: true, subtree: true});
    }""")
    desk.replay.get_by_role("button", name="4×").click()
    desk.play_button.click()
    expect(desk.play_button).to_have_text("Pause")
    expect(desk.play_button).to_have_text("Play")
    played = desk.page.evaluate("window.played")
    assert len(played) > 3
    assert played[-2] == whole


def test_all_of_it_goes_by_keys_which_may_be_switched_off(desk: Desk, chat: Chat, model: Upstream) -> None:
    told(chat, model)
    model.script(Say("Short."), Finish())
    chat.ask("And?")
    chat.sees_state("complete")
    desk.sign_in("desk", "a secret").read(chat)
    first, second = desk.answers.nth(0), desk.answers.nth(1)
    desk.press("j")
    expect(first).to_be_focused()
    desk.press("j")
    expect(second).to_be_focused()
    desk.press("j")
    expect(second).to_be_focused()
    desk.press("Shift+J")
    expect(first).to_be_focused()
    replay = desk.page.get_by_role("group", name="Replay").first
    play = replay.locator('[data-do="play"]')
    for _ in range(2):
        desk.page.keyboard.down("k")  # held down
    desk.page.keyboard.up("k")
    expect(play).to_have_text("Pause")
    desk.press(" ")
    expect(play).to_have_text("Play")
    desk.press(">")
    expect(replay.get_by_role("button", name="4×")).to_have_attribute("aria-pressed", "true")
    desk.press("<")
    expect(replay.get_by_role("button", name="1×", exact=True)).to_have_attribute("aria-pressed", "true")
    desk.press("s")
    expect(first).to_contain_text("word9")
    expect(first).not_to_contain_text("at last")
    desk.press("?")
    keys = desk.page.get_by_role("dialog", name="Keyboard")
    expect(keys).to_be_visible()
    keys.get_by_label("Single keys do this").uncheck()
    keys.get_by_role("button", name="Close").click()
    desk.page.reload()
    desk.press("j")
    desk.press("?")
    expect(keys).to_be_hidden()
    expect(first).not_to_be_focused()
    desk.page.get_by_role("button", name="Keyboard").click()
    keys.get_by_label("Single keys do this").check()
    desk.press("Escape")
    desk.press("j")
    expect(first).to_be_focused()


def test_the_keys_are_for_what_is_marked_and_space_scrolls_else(desk: Desk, chat: Chat, model: Upstream) -> None:
    have_two_long_answers(chat, model)
    desk.sign_in("desk", "a secret").read(chat)
    page = desk.page
    page.set_viewport_size({"width": 1280, "height": 240})
    desk.press("j")
    expect(desk.answers.first).to_be_focused()
    desk.text.locator("p").nth(20).evaluate("line => line.scrollIntoView()")
    expect(page.locator('[data-entry="assistant"]').last).to_have_attribute("data-current", "")
    desk.press(">")
    faster = page.get_by_role("button", name="4×")
    expect(faster.last).to_have_attribute("aria-pressed", "true")
    expect(faster.first).to_have_attribute("aria-pressed", "false")
    desk.press("Shift+J")  # where the focus is was scrolled away
    expect(desk.answer).to_be_focused()
    page.evaluate("document.activeElement.blur(), document.querySelector('#judging').scrollIntoView()")
    before = page.evaluate("scrollY")
    desk.press(" ")
    eventually(lambda: page.evaluate("scrollY") > before)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    end = page.evaluate("scrollY")
    desk.press("Shift+ ")
    eventually(lambda: page.evaluate("scrollY") < end)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    desk.press("Shift+J")
    expect(desk.answer).to_be_focused()


def test_keys_reach_what_other_parts_put_on_them_but_not_while_one_types(
    desk: Desk, chat: Chat, model: Upstream
) -> None:
    model.script(Say("Short."), Finish())
    chat.ask("And?")
    chat.sees_state("complete")
    desk.sign_in("desk", "a secret").read(chat)
    place = desk.page.locator("#judging")
    place.evaluate("""place => {
        place.innerHTML = `<form><input type="radio" name="overall" value="good" aria-label="Good">
            <input type="radio" name="overall" value="bad" aria-label="Bad"><input type="text" aria-label="Note">
            <button type="button" data-key="n">Next</button><button type="button" data-key="f">Flag</button></form>`;
        window.pressed = [];
        place.addEventListener("click", ({target}) => target.dataset.key && window.pressed.push(target.dataset.key));
    }""")
    place.scroll_into_view_if_needed()
    for key, name in (("g", "Good"), ("b", "Bad")):
        desk.press(key)
        expect(place.get_by_label(name, exact=True)).to_be_checked()
    desk.press("n")
    desk.press("f")
    assert desk.page.evaluate("window.pressed") == ["n", "f"]
    desk.press("Control+f")
    note = place.get_by_label("Note")
    note.press_sequentially("jug kf n?")
    expect(note).to_have_value("jug kf n?")
    expect(place.get_by_label("Bad", exact=True)).to_be_checked()
    assert desk.page.evaluate("window.pressed") == ["n", "f"]


def test_next_goes_on_once_however_often_it_is_pressed(desk: Desk, chat: Chat, model: Upstream) -> None:
    model.script(Say("Short."), Finish())
    chat.ask("And?")
    chat.sees_state("complete")
    desk.sign_in("desk", "a secret").read(chat)
    page = desk.page
    page.evaluate("""() => {
        window.sent = 0;
        addEventListener("submit", (event) => {
            window.sent += event.defaultPrevented ? 0 : 1;
            event.preventDefault();  // the page that is left is looked at
        });
    }""")
    desk.press("n")
    desk.press("n")
    page.get_by_role("button", name="Next in the queue").last.click()
    assert page.evaluate("window.sent") == 1
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    desk.press("n")
    assert page.evaluate("window.sent") == 2


def test_without_script_all_but_live_and_replay_is_there(
    browser: Browser, server: Server, staff: None, chat: Chat, model: Upstream
) -> None:
    model.script(Say("Short."), Finish())
    chat.ask("And?")
    chat.sees_state("complete")
    context = browser.new_context(java_script_enabled=False)
    plain = Desk(context.new_page(), server.url).sign_in("desk", "a secret").read(chat)
    expect(plain.text).to_have_text("Short.")
    expect(plain.replay.locator("noscript p")).to_be_visible()
    expect(plain.play_button).to_be_hidden()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_everyone_can_read_and_use_it(
    browser: Browser, server: Server, staff: None, chat: Chat, model: Upstream, scheme: str, width: int
) -> None:
    model.script(Say(EVERYTHING), Finish(usage=(3, 5)))
    chat.ask("Everything")
    chat.sees_state("complete")
    model.script(Say("so far"), Cut())
    chat.send("Cut")
    chat.sees_state("interrupted")
    model.script(Status(500))
    chat.send("Broken")
    chat.sees_state("failed")
    model.script(Say("so far"), Hang())
    chat.send("Waiting")
    chat.sees_growing("so far")
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    desk = Desk(context.new_page(), server.url).sign_in("desk", "a secret").read(chat)
    expect(desk.text).to_contain_text("so far")
    assert desk.page.evaluate("document.documentElement.scrollWidth") == width
    assert complaints_of(desk.page) == []
    desk.press("?")
    assert complaints_of(desk.page) == []
    desk.press("Escape")
    chat.button("Stop generating").click()
    expect(desk.answer).to_have_attribute("data-state", "stopped")
    desk.play_button.click()
    eventually(lambda: complaints_of(desk.page) == [])
    context.close()
