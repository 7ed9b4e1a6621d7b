"""A chat gets its title from a model, and a line shows what the model no longer sees; both without a reload."""

import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.faults.conftest import new_server
from tests.server import Server
from tests.steps import Chat
from tests.upstream import Finish, Gate, Say, Step, Upstream

MESSAGES = 24
NAMER = "namer"


class Named(Upstream):
    """Finds a title after a gate has opened, and answers as any other."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = Gate()
        self.default_for = lambda request: self.title if request.body["model"] == NAMER else self.default

    @property
    def title(self) -> tuple[Step, ...]:
        return (self.gate, Say("Blue skies."), Finish())


@pytest.fixture(scope="module")
def model() -> Iterator[Upstream]:
    with Named() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def server(model: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("titles")
    with new_server(folder, model, CHAT_TITLE_MODEL=NAMER, CHAT_CONTEXT_TOKENS="1000") as server:
        yield server


def heading(chat: Chat) -> Locator:
    return chat.page.get_by_role("heading", level=1)


def line(chat: Chat) -> Locator:
    return chat.thread.get_by_role("separator", name="The model no longer sees what is above this line.")


def test_a_title_comes_to_the_head_the_heading_and_the_list_after_the_first_answer(chat: Chat, model: Named) -> None:
    model.gate = Gate()
    chat.send("Why is the sky blue?")
    chat.sees_state("complete")
    expect(heading(chat)).to_have_text("Why is the sky blue?")
    expect(chat.chats.first).to_have_text("Why is the sky blue?")
    live = chat.picture()
    model.gate.release()
    expect(heading(chat)).to_have_text("Blue skies")
    expect(chat.chats.first).to_have_text("Blue skies")
    expect(chat.page).to_have_title("Blue skies · ChatStream")
    assert chat.picture() == live
    chat.reload()
    expect(heading(chat)).to_have_text("Blue skies")
    assert chat.picture() == live
    expect(chat.page.locator("#naming[hx-get]")).to_have_count(0)


def test_a_draft_typed_meanwhile_stays(chat: Chat, model: Named) -> None:
    model.gate = Gate()
    chat.send("Why is the sky blue?")
    chat.sees_state("complete")
    chat.box.fill("And the sea?")
    model.gate.release()
    expect(heading(chat)).to_have_text("Blue skies")
    expect(chat.box).to_have_value("And the sea?")
    expect(chat.box).to_be_focused()


def test_the_line_comes_with_the_end_of_an_answer_and_stays_after_a_reload(
    chat: Chat, server: Server, window: BrowserContext
) -> None:
    chat.send("Hello")
    chat.page.wait_for_url("**/chat/*-*/")
    begun = uuid.UUID(chat.path.split("/")[2])
    server.manage(
        "shell",
        "--command=from tests.long import conversation_of; from chat.models import Conversation;"
        f"user = Conversation.objects.get(pk='{begun}').user; conversation_of(user, {MESSAGES})",
    )
    chat.open(chat.path)
    chat.chats.filter(has_text="A long one").click()
    expect(chat.answers).to_have_count(MESSAGES // 2)
    expect(line(chat)).to_have_count(0)
    places = []
    for _ in range(2):
        chat.ask("And now?")
        chat.sees_state("complete")
        expect(line(chat)).to_have_count(1)
        live = chat.picture()
        chat.reload()
        expect(line(chat)).to_have_count(1)
        assert chat.picture() == live
        found = re.search(r'class="horizon".*?<article id="([^"]+)"', live)
        assert found
        places.append(found[1])
    assert places[0] != places[1]  # it moved
    other = Chat(window.new_page(), chat.url).open(chat.path)
    chat.ask("And then?")
    chat.sees_state("complete")
    live = chat.picture()
    other.page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(other.answers).to_have_count(chat.answers.count())
    expect(line(other)).to_have_count(1)
    assert other.picture() == live
