"""Writing a message: the box grows, keeps drafts, knows its limit, and turns into Stop while an answer grows."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect

from tests.server import Server
from tests.steps import Chat, eventually
from tests.upstream import Finish, Gate, Hang, Say, Upstream

LINES = "A line\n" * 40


def height(chat: Chat) -> float:
    box = chat.page.locator("#composer").bounding_box()
    assert box
    return box["height"]


def test_the_box_grows_with_its_text_up_to_a_third_of_the_page(chat: Chat) -> None:
    empty = height(chat)
    chat.box.fill("A line\n" * 4)
    some = height(chat)
    chat.box.fill(LINES)
    much = height(chat)
    size = chat.page.viewport_size
    assert size
    assert empty < some < much
    assert size["height"] * 0.32 < much < size["height"] * 0.34
    chat.reload()
    assert height(chat) == much
    chat.button("Send message").click()
    chat.sees_state("complete")
    assert height(chat) == empty


# Drafts


def test_a_draft_survives_a_reload_and_belongs_to_its_conversation(chat: Chat, model: Upstream) -> None:
    chat.send("First")
    chat.sees_state("complete")
    chat.box.fill("Not yet sent")
    chat.reload()
    expect(chat.box).to_have_value("Not yet sent")
    chat.button("New chat").click()
    expect(chat.box).to_have_value("")
    chat.box.fill("Another thought")
    chat.chats.click()
    expect(chat.box).to_have_value("Not yet sent")
    chat.button("Send message").click()
    expect(chat.answers).to_have_count(2)
    chat.reload()
    expect(chat.box).to_have_value("")
    chat.button("New chat").click()
    expect(chat.box).to_have_value("Another thought")


def test_what_is_typed_while_a_message_is_on_its_way_is_a_draft_too(chat: Chat, model: Upstream) -> None:
    def type_on(route: Route) -> None:
        chat.box.press_sequentially(" and more")
        route.continue_()

    chat.page.route("**/chat/", type_on)
    chat.send("Hello")
    chat.sees_state("complete")
    expect(chat.box).to_have_value(" and more")
    chat.page.unroute_all()
    chat.reload()
    expect(chat.box).to_have_value(" and more")


def test_a_message_that_was_stored_though_its_answer_was_lost_is_not_sent_twice(
    chat: Chat, model: Upstream, complaints: list[str]
) -> None:
    chat.send("First")
    chat.sees_state("complete")

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    chat.page.route("**/messages/", lose)
    chat.send("Second")
    expect(chat.notice).to_contain_text("The server could not be reached.")
    chat.page.unroute_all()
    chat.reload()
    expect(chat.box).to_have_value("Second")
    expect(chat.questions).to_have_count(2)
    chat.sees_state("complete")
    chat.button("Send message").click()
    expect(chat.box).to_have_value("")
    expect(chat.questions).to_have_count(2)
    expect(chat.box).to_have_value("")
    complaints.clear()


def test_a_draft_outlives_a_failed_send_and_another_turn(chat: Chat, model: Upstream, complaints: list[str]) -> None:
    chat.page.context.set_offline(True)
    chat.send("My own words")
    expect(chat.notice).to_contain_text("The server could not be reached.")
    chat.page.context.set_offline(False)
    chat.page.get_by_role("button", name="Explain recursion").click()
    chat.sees_state("complete")
    expect(chat.box).to_have_value("My own words")
    complaints.clear()


def sign_up(chat: Chat, name: str) -> None:
    page = chat.page
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Username").fill(name)
    for label in ("Password", "Password (again)"):
        page.get_by_label(label, exact=True).fill("correct horse battery")
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/chat/")


def test_a_draft_is_its_writers(chat: Chat) -> None:
    chat.send("I am a guest")
    chat.sees_state("complete")
    chat.open().box.fill("My secret")
    sign_up(chat, "drafter")
    expect(chat.box).to_have_value("")


def test_what_was_written_before_signing_up_comes_along(chat: Chat) -> None:
    chat.box.fill("A long thought")
    sign_up(chat, "thinker")
    expect(chat.box).to_have_value("A long thought")
    chat.page.get_by_role("link", name="Sign out").click()
    chat.page.get_by_role("button", name="Sign Out").click()
    expect(chat.box).to_have_value("")


# Its limit


def test_the_limit_is_shown_before_it_is_hit_and_nothing_too_long_is_sent(chat: Chat) -> None:
    limit = 32_000
    left = chat.page.locator("#left")
    chat.box.fill("x" * (limit // 2))
    expect(left).to_be_empty()
    chat.box.fill("x" * (limit - 10))
    expect(left).to_have_text("10 characters left")
    chat.box.fill("😀" * (limit // 2) + "x" * (limit // 2 + 5) + "\n\n")
    expect(left).to_have_text("5 characters too many")
    expect(chat.box).to_have_attribute("aria-invalid", "true")
    expect(chat.status).to_have_text("The message is longer than what can be sent.")
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.method))
    chat.button("Send message").click()
    expect(chat.box).to_be_focused()
    assert "POST" not in asked
    chat.box.press("Control+End")
    for _ in range(7):
        chat.box.press("Backspace")
    expect(left).to_have_text("0 characters left")
    chat.button("Send message").click()
    chat.sees_state("complete")
    expect(left).to_be_empty()


def test_nothing_is_sent_while_there_is_nothing_to_send(chat: Chat) -> None:
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.method))
    for text in ("", "  \n "):
        chat.box.fill(text)
        chat.button("Send message").click()
        chat.box.press("Enter")
        expect(chat.box).to_be_focused()
    chat.box.fill("Something")
    chat.box.press("Enter")
    chat.sees_state("complete")
    assert asked.count("POST") == 1
    expect(chat.notice).to_be_empty()


# Send and Stop


def test_send_turns_into_stop_while_an_answer_grows(chat: Chat, model: Upstream) -> None:
    gate = Gate()
    model.script(Say("so far"), gate, Finish())
    expect(chat.box).to_be_focused()
    chat.send("Why?")
    chat.sees_growing("so far")
    expect(chat.button("Send message")).to_be_hidden()
    expect(chat.button("Stop generating")).to_be_visible()
    chat.reload()
    chat.sees_growing("so far")
    expect(chat.button("Stop generating")).to_be_visible()
    gate.release()
    chat.sees_state("complete")
    expect(chat.button("Stop generating")).to_be_hidden()
    expect(chat.button("Send message")).to_be_visible()


def test_escape_stops_and_keeps_the_draft(chat: Chat, model: Upstream) -> None:
    model.script(Say("so far"), Hang())
    chat.send("Why?")
    chat.sees_growing("so far")
    chat.box.fill("The next question")
    chat.box.press("Escape")
    chat.sees_state("stopped")
    expect(chat.box).to_have_value("The next question")


def test_a_continued_answer_can_be_stopped(chat: Chat, model: Upstream) -> None:
    for text in ("one ", "two "):
        model.script(Say(text), Hang())
        if text == "one ":
            chat.send("Count")
        else:
            chat.button("Continue").click()
        chat.sees_growing(text)
        chat.button("Stop generating").click()
        chat.sees_state("stopped")
    expect(chat.text).to_have_text("one two")


def test_continue_hands_the_focus_to_the_box(chat: Chat, model: Upstream) -> None:
    model.script(Say("one "), Hang())
    chat.send("Count")
    chat.sees_growing("one")
    chat.box.press("Escape")
    chat.sees_state("stopped")
    chat.button("Continue").press("Enter")
    chat.sees_state("complete")
    expect(chat.box).to_be_focused()


# A phone


@pytest.fixture
def phone(browser: Browser, server: Server) -> Iterator[Chat]:
    context = browser.new_context(viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True)
    yield Chat(context.new_page(), server.url).open()
    context.close()


def test_enter_on_a_touch_keyboard_breaks_the_line(phone: Chat, model: Upstream) -> None:
    phone.box.press_sequentially("one")
    phone.box.press("Enter")
    phone.box.press_sequentially("two")
    expect(phone.box).to_have_value("one\ntwo")
    phone.button("Send message").tap()
    phone.sees_state("complete")
    expect(phone.box).not_to_be_focused()  # or its keyboard would cover the answer


# Suggestions


def test_a_suggestion_starts_a_chat_with_one_click(chat: Chat, model: Upstream) -> None:
    chat.page.get_by_role("button", name="Explain recursion").click()
    chat.sees_state("complete")
    expect(chat.questions).to_contain_text("Explain recursion with an example from daily life.")
    expect(chat.page.get_by_role("form", name="Suggestions")).to_have_count(0)
    chat.send("Go on")
    expect(chat.answers).to_have_count(2)


def test_a_suggestion_does_so_without_javascript(plain_chat: Chat, model: Upstream) -> None:
    plain_chat.page.get_by_role("button", name="Explain recursion").click()
    expect(plain_chat.questions).to_contain_text("Explain recursion with an example from daily life.")


def test_the_tools_of_a_message_show_when_one_is_there(chat: Chat, model: Upstream, window: BrowserContext) -> None:
    chat.send("First")
    chat.sees_state("complete")
    tools = chat.questions.locator(".tools")
    chat.box.hover()
    eventually(lambda: tools.evaluate("tools => getComputedStyle(tools).opacity") == "0")
    chat.questions.hover()
    eventually(lambda: tools.evaluate("tools => getComputedStyle(tools).opacity") == "1")
    chat.box.hover()
    tools.get_by_role("button", name="Copy message").focus()
    eventually(lambda: tools.evaluate("tools => getComputedStyle(tools).opacity") == "1")
    assert chat.answer.locator(".tools").evaluate("tools => getComputedStyle(tools).opacity") == "1"


def test_on_a_touch_screen_they_always_show_and_tell_model_and_time(phone: Chat, model: Upstream) -> None:
    phone.send("First")
    phone.sees_state("complete")
    assert phone.questions.locator(".tools").evaluate("tools => getComputedStyle(tools).opacity") == "1"
    phone.answer.get_by_label("About this message").tap()
    expect(phone.answer.locator(".provenance")).to_contain_text("scripted")
    expect(phone.answer.locator(".about time")).to_be_visible()
