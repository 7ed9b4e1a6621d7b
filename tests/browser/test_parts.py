"""Going up a long conversation: what came earlier is there before one arrives, and nothing moves under the reader."""

import uuid

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from chat.parts import SIZE
from tests.server import Server
from tests.steps import Chat, eventually
from tests.upstream import Finish, Gate, Say, Upstream

MESSAGES = 2 * SIZE + 20


def long_conversation(chat: Chat, server: Server) -> str:
    """Make a long conversation for whoever has just begun one, and return its path."""
    chat.send("Hello")
    chat.page.wait_for_url("**/chat/*-*/")
    begun = uuid.UUID(chat.path.split("/")[2])
    server.manage(
        "shell",
        "--command=from tests.long import conversation_of; from chat.models import Conversation;"
        f"user = Conversation.objects.get(pk='{begun}').user; conversation_of(user, {MESSAGES})",
    )
    chat.open(chat.path)
    path = chat.chats.filter(has_text="A long one").get_attribute("href")
    assert path
    return path


@pytest.fixture
def long_chat(chat: Chat, server: Server) -> Chat:
    return chat.open(long_conversation(chat, server))


@pytest.fixture
def plain_long_chat(plain_chat: Chat, server: Server) -> Chat:
    return plain_chat.open(long_conversation(plain_chat, server))


def messages(chat: Chat) -> Locator:
    return chat.page.locator("article")


def ids(chat: Chat) -> list[str]:
    return [each.get_attribute("id") or "" for each in messages(chat).all()]


def earlier(chat: Chat) -> Locator:
    return chat.page.get_by_role("link", name="Earlier messages")


def later(chat: Chat) -> Locator:
    return chat.page.get_by_role("link", name="Later messages")


def go_to(chat: Chat, top: int) -> tuple[str, float]:
    """Scroll at once, and return the first message in sight and where it stands then."""
    seen = chat.thread.evaluate(
        """(thread, top) => {
            thread.scrollTo({ top, behavior: "instant" });
            const edge = thread.getBoundingClientRect().top;
            const place = (article) => article.getBoundingClientRect();
            const first = [...thread.querySelectorAll("article")].find((each) => place(each).bottom > edge);
            return [first.id, place(first).top];
        }""",
        top,
    )
    return seen[0], seen[1]


def place_of(page: Page, message: str) -> float:
    box = page.locator(f"#{message}").bounding_box()
    assert box
    return box["y"]


def test_a_long_chat_opens_at_its_end_with_the_newest_messages(long_chat: Chat) -> None:
    expect(messages(long_chat)).to_have_count(SIZE)
    expect(long_chat.text).to_contain_text(f"Answer {MESSAGES - 1}")
    expect(long_chat.answer.locator("footer")).to_be_in_viewport()


@pytest.mark.parametrize("top", [300, 1, 0])
def test_what_came_earlier_comes_by_itself_and_moves_nothing(long_chat: Chat, top: int) -> None:
    for shown in (2 * SIZE, MESSAGES):
        seen, stood = go_to(long_chat, top)
        expect(messages(long_chat)).to_have_count(shown)
        assert place_of(long_chat.page, seen) == pytest.approx(stood, abs=1)
    expect(earlier(long_chat)).to_have_count(0)
    assert len(set(ids(long_chat))) == MESSAGES
    expect(long_chat.said.first).to_have_text("Question 0?")
    go_to(long_chat, 0)
    expect(long_chat.said.first).to_be_in_viewport()
    expect(long_chat.button("Jump to latest")).to_be_visible()


def test_one_may_turn_the_wheel_up_to_the_first_message(long_chat: Chat) -> None:
    long_chat.thread.hover()

    def turn() -> bool:
        long_chat.page.mouse.wheel(0, -1_500)
        return messages(long_chat).count() == MESSAGES and bool(long_chat.thread.evaluate("it => it.scrollTop === 0"))

    eventually(turn)
    expect(long_chat.said.first).to_be_in_viewport()


def test_the_keyboard_keeps_its_place(long_chat: Chat) -> None:
    """The link that was used gives way to the next one, or to the thread where there is none."""
    chat = long_chat
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    chat.page.route("**/chat/*/?before=*", hold, times=1)
    with chat.page.expect_request("**/chat/*/?before=*"):
        go_to(chat, 0)
    earlier(chat).focus()
    held[0].continue_()
    expect(messages(chat)).to_have_count(2 * SIZE)
    expect(earlier(chat)).to_be_focused()
    earlier(chat).press("Enter")
    expect(messages(chat)).to_have_count(MESSAGES)
    expect(chat.thread).to_be_focused()


def test_an_answer_still_streams_at_the_end_of_a_long_chat(long_chat: Chat, model: Upstream) -> None:
    chat, gate = long_chat, Gate()
    model.script(Say("so far"), gate, Say(" and on"), Finish())
    chat.ask("And now?")
    chat.sees_growing("so far")
    seen, stood = go_to(chat, 0)
    expect(messages(chat)).to_have_count(2 * SIZE + 2)
    gate.release()
    chat.sees_state("complete")
    expect(chat.text).to_have_text("so far and on")
    assert place_of(chat.page, seen) == pytest.approx(stood, abs=1)
    chat.reload()
    expect(messages(chat)).to_have_count(SIZE)
    expect(chat.text).to_have_text("so far and on")


def test_an_address_leads_to_a_message_further_up_and_on_from_there(long_chat: Chat) -> None:
    chat, path = long_chat, long_chat.path
    go_to(chat, 0)
    expect(messages(chat)).to_have_count(2 * SIZE)
    go_to(chat, 0)
    expect(messages(chat)).to_have_count(MESSAGES)
    wanted = ids(chat)[30]
    chat.open().open(f"{path}#{wanted}")
    expect(chat.page.locator(f"#{wanted}")).to_be_in_viewport()
    assert chat.path == f"{path}?at={wanted.removeprefix('message-')}#{wanted}"
    expect(chat.button("Jump to latest")).to_be_hidden()

    def is_at_the_end_of_it(top: int, link: Locator) -> bool:
        go_to(chat, top)
        return link.count() == 0

    eventually(lambda: is_at_the_end_of_it(1_000_000, later(chat)))
    expect(chat.text).to_contain_text(f"Answer {MESSAGES - 1}")
    eventually(lambda: is_at_the_end_of_it(0, earlier(chat)))
    assert len(set(ids(chat))) == MESSAGES


def test_a_message_sent_from_a_part_further_up_is_shown_at_the_end(long_chat: Chat, model: Upstream) -> None:
    chat, path = long_chat, long_chat.path
    go_to(chat, 0)
    expect(messages(chat)).to_have_count(2 * SIZE)
    wanted = ids(chat)[0]
    chat.page.route("**/chat/*/?after=*", lambda _: None)  # never comes
    chat.open(f"{path}?at={wanted.removeprefix('message-')}")
    chat.page.evaluate("window.dispatchEvent(new Event('focus'))")  # looks for no news, which would leave a gap
    model.script(Say("It is."), Finish())
    chat.send("Is it so?")
    expect(chat.text).to_have_text("It is.")
    expect(chat.said.last).to_have_text("Is it so?")
    expect(messages(chat)).to_have_count(SIZE)
    assert chat.path == path


def test_an_old_question_is_asked_in_other_words(long_chat: Chat, model: Upstream) -> None:
    chat = long_chat
    go_to(chat, 0)
    expect(messages(chat)).to_have_count(2 * SIZE)
    model.script(Say("Anew."), Finish())
    chat.edit(chat.questions.nth(20), "In other words")
    expect(chat.text).to_have_text("Anew.")
    expect(messages(chat)).to_have_count(SIZE)
    go_to(chat, 0)
    expect(messages(chat)).to_have_count(MESSAGES - 2 * SIZE + 42)


def test_without_script_links_lead_to_the_first_message_and_back(plain_long_chat: Chat) -> None:
    chat = plain_long_chat
    page = chat.page
    for _ in range(2):
        earlier(chat).click()
        expect(messages(chat).last).to_be_in_viewport()
    expect(chat.said.first).to_have_text("Question 0?")
    expect(earlier(chat)).to_have_count(0)
    for _ in range(2):
        later(chat).click()
        expect(messages(chat).first).to_be_in_viewport()
    expect(chat.said.last).to_have_text(f"Question {MESSAGES - 2}?")
    expect(later(chat)).to_have_count(0)
    earlier(chat).click()
    page.get_by_role("link", name="Latest messages").click()
    expect(chat.said.last).to_have_text(f"Question {MESSAGES - 2}?")
