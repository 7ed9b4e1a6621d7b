"""Where the thread stands: the question in the top third, the answer growing below, and nobody pulled away."""

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

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


def is_at_end(chat: Chat) -> bool:
    return bool(chat.thread.evaluate("thread => thread.scrollHeight - thread.scrollTop - thread.clientHeight < 1"))


def test_a_question_goes_to_the_top_third_and_its_answer_grows_below(long_chat: Chat, model: Upstream) -> None:
    chat, gate = long_chat, Gate()
    model.script(Say("One."), gate, Say("\n\nTwo.\n\n- three"), Finish())
    chat.send("Write a little")
    chat.sees_growing("One.")
    eventually(lambda: is_at_end(chat))
    height = chat.height_of(chat.questions.last)
    assert 0 < height < 1 / 3
    gate.release()
    chat.sees_state("complete")
    assert chat.height_of(chat.questions.last) == pytest.approx(height, abs=0.005)
    assert chat.height_of(chat.answer) > height


def test_the_thread_follows_the_answer_only_while_its_reader_is_at_the_end(chat: Chat, model: Upstream) -> None:
    first, second = Gate(), Gate()
    model.script(Say(LONG), first, Say("\n\nOne more."), second, Say("\n\nThe last."), Finish())
    chat.send("Write a lot")
    expect(chat.text.get_by_text("Line 58.")).to_be_in_viewport()
    first.release()
    expect(chat.text.get_by_text("One more.")).to_be_in_viewport()
    chat.scroll_to_top()
    second.release()
    chat.sees_state("complete")
    expect(chat.text.get_by_text("Line 0.")).to_be_in_viewport()


def test_one_key_upwards_is_enough_to_stay(long_chat: Chat, model: Upstream) -> None:
    chat, gate = long_chat, Gate()
    model.script(Say(LONG), gate, Say("\n\n" + LONG + "\n\nThe last."), Finish())
    chat.send("Again")
    chat.sees_growing("Line 59.")
    eventually(lambda: is_at_end(chat))
    chat.thread.press("ArrowUp")
    eventually(lambda: not is_at_end(chat))
    gate.release()
    chat.sees_state("complete")
    expect(chat.text.get_by_text("The last.")).not_to_be_in_viewport()


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


def test_nothing_moves_for_one_who_wants_no_motion(browser: Browser, server: Server, model: Upstream) -> None:
    context = browser.new_context(reduced_motion="reduce")
    chat = Chat(context.new_page(), server.url).open()
    model.script(Say("so far", " and on", every=0.05), Hang())
    chat.send("Why?")
    chat.sees_growing("so far and on")
    assert chat.page.evaluate("document.getAnimations().length") == 0
    assert chat.thread.evaluate("thread => getComputedStyle(thread).scrollBehavior") == "auto"
    chat.button("Stop generating").click()
    chat.sees_state("stopped")
    context.close()


def test_the_mark_beats_while_text_arrives_and_says_so_when_none_does(
    chat: Chat, model: Upstream, window: BrowserContext
) -> None:
    first, second = Gate(), Gate()
    model.script(first, Say("so far"), second, Finish())
    chat.send("Why?")
    expect(chat.answer.get_by_text("Waiting for the model…")).to_be_visible()
    first.release()
    expect(chat.answer.get_by_text("Answering…")).to_be_visible()
    expect(chat.answer.get_by_text("The model pauses…")).to_be_visible()
    expect(chat.answer.get_by_text("Answering…")).to_be_hidden()
    second.release()
    chat.sees_state("complete")
    assert chat.answer.get_attribute("data-quiet") is None
