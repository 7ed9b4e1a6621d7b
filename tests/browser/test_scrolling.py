"""Where the thread stands: the question in the top third, the answer growing below, and nobody pulled away."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.server import Server
from tests.steps import Chat, eventually
from tests.upstream import Finish, Gate, Hang, Say, Upstream

LONG = "\n\n".join(f"Line {number}." for number in range(60))


@pytest.fixture
def long_chat(chat: Chat, model: Upstream) -> Chat:
    """A chat whose first answer is longer than the page."""
    model.script(Say(LONG), Finish())
    chat.send("Write a lot")
    chat.sees_state("complete")
    return chat


@pytest.fixture
def still_chat(browser: Browser, server: Server) -> Iterator[Chat]:
    """A chat for one who wants no motion: what scrolls has scrolled at once."""
    context = browser.new_context(reduced_motion="reduce")
    yield Chat(context.new_page(), server.url).open()
    context.close()


def resting_place(chat: Chat) -> float:
    """Where the thread stands once it has stood there for two frames: the browser moves it smoothly by keys."""
    places = [-1.0, -2.0]
    while places[-1] != places[-2]:
        places.append(
            chat.thread.evaluate(
                """thread => new Promise((resolve) => {
                    requestAnimationFrame(() => requestAnimationFrame(() => resolve(thread.scrollTop)));
                })"""
            )
        )
    return places[-1]


def is_at_end(chat: Chat) -> bool:
    return bool(chat.thread.evaluate("thread => thread.scrollHeight - thread.scrollTop - thread.clientHeight < 1"))


def test_a_question_goes_to_the_top_third_and_its_answer_grows_below(long_chat: Chat, model: Upstream) -> None:
    chat, gate = long_chat, Gate()
    model.script(Say("One."), gate, Say("\n\nTwo.\n\n- three"), Finish())
    chat.ask("Write a little")
    chat.sees_growing("One.")
    eventually(lambda: is_at_end(chat))
    height = chat.height_of(chat.questions.last)
    assert 0 < height < 1 / 3
    gate.release()
    chat.sees_state("complete")
    assert chat.height_of(chat.questions.last) == pytest.approx(height, abs=0.005)
    assert chat.height_of(chat.answer) > height


def test_a_question_of_many_lines_goes_there_too(long_chat: Chat, model: Upstream) -> None:
    """Its composer gives way to an empty one, and the thread gets more room."""
    long_chat.ask("A line\n" * 10)
    long_chat.sees_state("complete")
    eventually(lambda: is_at_end(long_chat))
    expect(long_chat.button("Jump to latest")).to_be_hidden()


def test_the_thread_follows_while_its_reader_is_at_the_end(chat: Chat, model: Upstream) -> None:
    gate = Gate()
    model.script(Say(LONG), gate, Say("\n\nThe last."), Finish())
    chat.send("Write a lot")
    expect(chat.text.get_by_text("Line 58.")).to_be_in_viewport()
    gate.release()
    chat.sees_state("complete")
    expect(chat.text.get_by_text("The last.")).to_be_in_viewport()


@pytest.mark.parametrize("key", ["ArrowUp", "PageUp", "Home"])
def test_one_key_upwards_is_enough_to_stay(still_chat: Chat, model: Upstream, key: str) -> None:
    chat, gate = still_chat, Gate()
    model.script(Say(LONG), gate, Say("\n\n" + LONG), Finish())
    chat.send("Write a lot")
    chat.sees_growing("Line 59.")
    eventually(lambda: is_at_end(chat))
    chat.thread.press(key)
    eventually(lambda: not is_at_end(chat))
    stands_at = resting_place(chat)
    gate.release()
    chat.sees_state("complete")
    assert resting_place(chat) == stands_at
    expect(chat.button("Jump to latest")).to_be_visible()


def test_jump_to_latest_leads_to_the_end_and_follows_again(chat: Chat, model: Upstream) -> None:
    gate = Gate()
    model.script(Say(LONG), gate, Say("\n\n" + LONG + "\n\nThe last."), Finish())
    chat.send("Write a lot")
    chat.sees_growing("Line 59.")
    jump = chat.button("Jump to latest")
    expect(jump).to_be_hidden()
    chat.scroll_to_top()
    jump.press("Enter")
    expect(jump).to_be_hidden()
    expect(chat.thread).to_be_focused()
    eventually(lambda: is_at_end(chat))
    gate.release()
    expect(chat.text.get_by_text("The last.")).to_be_in_viewport()


def test_an_opened_chat_shows_its_end(long_chat: Chat) -> None:
    long_chat.reload()
    expect(long_chat.text.get_by_text("Line 59.")).to_be_in_viewport()
    expect(long_chat.button("Jump to latest")).to_be_hidden()


def test_a_smaller_window_keeps_the_end_in_sight(long_chat: Chat) -> None:
    """As when a phone's keyboard comes up."""
    eventually(lambda: is_at_end(long_chat))
    long_chat.page.set_viewport_size({"width": 1280, "height": 400})
    eventually(lambda: is_at_end(long_chat))
    expect(long_chat.text.get_by_text("Line 59.")).to_be_in_viewport()


def test_a_growing_draft_keeps_the_end_in_sight(long_chat: Chat) -> None:
    for text in ("A line\n" * 20, "A line\n" * 20 + "more"):
        long_chat.box.fill(text)
        eventually(lambda: is_at_end(long_chat))
        expect(long_chat.button("Jump to latest")).to_be_hidden()
    long_chat.box.press_sequentially(" and more")
    eventually(lambda: is_at_end(long_chat))
    expect(long_chat.text.get_by_text("Line 59.")).to_be_in_viewport()


def test_an_address_that_leads_to_a_message_shows_that_one(long_chat: Chat) -> None:
    address = f"{long_chat.path}#{long_chat.questions.get_attribute('id')}"
    long_chat.open().open(address)
    expect(long_chat.questions).to_be_in_viewport()
    assert resting_place(long_chat) < 10


def test_nothing_moves_for_one_who_wants_no_motion(still_chat: Chat, model: Upstream) -> None:
    chat = still_chat
    model.script(Say("so far", " and on", every=0.05), Hang())
    chat.send("Why?")
    chat.sees_growing("so far and on")
    assert chat.page.evaluate("document.getAnimations().length") == 0
    assert chat.thread.evaluate("thread => getComputedStyle(thread).scrollBehavior") == "auto"
    chat.button("Stop generating").click()
    chat.sees_state("stopped")


def test_the_mark_says_whether_text_arrives(chat: Chat, model: Upstream) -> None:
    first, second = Gate(), Gate()
    model.script(first, Say("so far"), second, Finish())
    chat.send("Why?")
    expect(chat.answer.get_by_text("Waiting for the model…")).to_be_visible()
    first.release()
    expect(chat.answer.get_by_text("Answering…")).to_be_visible()
    for _ in range(2):
        expect(chat.answer.get_by_text("The model pauses…")).to_be_visible(timeout=15_000)
        expect(chat.answer.get_by_text("Answering…")).to_be_hidden()
        chat.reload()
    second.release()
    chat.sees_state("complete")
    assert chat.answer.get_attribute("data-quiet") is None


def test_the_mark_beats_with_what_arrives(chat: Chat, model: Upstream) -> None:
    model.script(Say(*["word "] * 200, every=0.05), Finish())
    chat.send("Why?")
    expect(chat.answer.get_by_text("Answering…")).to_be_visible()
    eventually(lambda: chat.page.evaluate("document.getAnimations().filter((one) => !one.animationName).length") > 0)
    chat.button("Stop generating").click()
    chat.sees_state("stopped")
