"""Personas, models and numbers in a browser: chosen, seen in the head, changed, and told of an answer."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, expect

from tests.browser.conftest import PATIENCE
from tests.faults.conftest import new_server
from tests.server import Server
from tests.steps import Chat
from tests.upstream import Finish, Gate, Request, Say, Upstream


@pytest.fixture(scope="module")
def server(model: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with new_server(tmp_path_factory.mktemp("personas"), model, CHAT_MODELS="first,second,third") as server:
        yield server


def persona(chat: Chat) -> Locator:
    return chat.page.get_by_label("Persona", exact=True)


def models(chat: Chat) -> Locator:
    return chat.page.get_by_label("Model", exact=True)


def panel(chat: Chat) -> Locator:
    return chat.page.get_by_role("dialog", name="Instructions")


def head(chat: Chat, name: str) -> Locator:
    return chat.page.locator("#heading").get_by_role("link", name=name, exact=True)


def asked(model: Upstream) -> Request:
    return model.requests[-1]


def told(chat: Chat) -> Locator:
    return chat.answer.get_by_role("definition")


def test_the_dude_is_chosen_asked_and_named_in_the_head(chat: Chat, model: Upstream) -> None:
    persona(chat).select_option(label="The dude")
    chat.ask("What day is this?")
    chat.sees_state("complete")
    expect(head(chat, "The dude")).to_be_visible()
    assert asked(model).body["messages"][0]["content"].startswith("You are the dude")
    chat.answer.get_by_label("About this message").click()
    expect(told(chat).filter(has_text="The dude")).to_be_visible()
    expect(told(chat).filter(has_text="first")).to_be_visible()
    chat.reload()
    expect(head(chat, "The dude")).to_be_visible()


def test_a_suggestion_is_asked_of_the_persona_and_the_model_that_were_chosen(chat: Chat, model: Upstream) -> None:
    persona(chat).select_option(label="Patient teacher")
    models(chat).select_option("third")
    chat.page.get_by_role("button", name="Explain recursion").click()
    chat.sees_state("complete")
    expect(head(chat, "Patient teacher")).to_be_visible()
    assert asked(model).body["model"] == "third"
    expect(models(chat)).to_have_value("third")


def test_words_of_ones_own_have_a_box_only_when_they_are_wanted(chat: Chat, model: Upstream) -> None:
    words = chat.page.get_by_label("Your instructions")
    expect(words).to_be_hidden()
    persona(chat).select_option("own")
    words.fill("Be a pirate.")
    chat.page.get_by_text("More", exact=True).click()
    chat.page.get_by_label("Temperature").fill("0.3")
    chat.ask("Where is the treasure?")
    chat.sees_state("complete")
    expect(head(chat, "Own instructions")).to_be_visible()
    assert asked(model).body["messages"][0]["content"] == "Be a pirate."
    assert asked(model).body["temperature"] == 0.3


def test_the_model_is_changed_in_mid_conversation_and_stays(chat: Chat, model: Upstream) -> None:
    chat.ask("First")
    chat.sees_state("complete")
    expect(models(chat)).to_have_value("")
    models(chat).select_option("second")
    chat.ask("Second")
    chat.sees_state("complete")
    assert asked(model).body["model"] == "second"
    expect(models(chat)).to_have_value("second")
    chat.reload()
    expect(models(chat)).to_have_value("second")
    models(chat).select_option("third")
    chat.answer.get_by_role("button", name="Regenerate").click()
    expect(chat.answer.get_by_text("2/2")).to_be_visible()
    chat.sees_state("complete")
    assert asked(model).body["model"] == "third"


def test_a_model_chosen_while_a_question_is_on_its_way_stays_chosen(chat: Chat, model: Upstream) -> None:
    chat.ask("First")
    chat.sees_state("complete")

    def choose_first(route: object) -> None:
        models(chat).select_option("second")
        route.continue_()  # type: ignore[attr-defined]

    chat.page.route("**/messages/", choose_first)
    chat.ask("Second")
    chat.sees_state("complete")
    assert asked(model).body["model"] == "first"
    expect(models(chat)).to_have_value("second")


def test_instructions_are_changed_in_mid_answer_and_hold_from_the_next(chat: Chat, model: Upstream) -> None:
    gate = Gate()
    model.script(Say("So far"), gate, Finish())
    chat.send("What day is this?")
    chat.sees_growing("So far")
    chat.choose("Instructions")
    expect(panel(chat)).to_be_visible()
    panel(chat).get_by_label("Persona", exact=True).select_option(label="The dude")
    prompt = panel(chat).get_by_label("System prompt")
    expect(prompt).to_have_value(re.compile("^You are the dude"))
    prompt.fill("You are another dude.")
    panel(chat).get_by_label("Also save").fill("Another dude")
    panel(chat).get_by_role("button", name="Save").click()
    expect(panel(chat)).to_be_hidden()
    expect(head(chat, "Another dude")).to_be_visible()
    expect(chat.status).to_have_text("Saved. It holds for the answers from now on.")
    gate.release()
    chat.sees_state("complete")
    chat.ask("And now?")
    chat.sees_state("complete")
    assert asked(model).body["messages"][0]["content"] == "You are another dude."
    chat.open("/personas/")
    expect(chat.page.get_by_role("link", name="Another dude")).to_be_visible()


def test_the_panel_is_left_by_the_keyboard_and_what_is_wrong_is_said_in_it(chat: Chat, complaints: list[str]) -> None:
    persona(chat).select_option(label="The dude")
    chat.ask("What day is this?")
    chat.sees_state("complete")
    head(chat, "The dude").focus()
    chat.page.keyboard.press("Enter")
    expect(panel(chat).get_by_label("Persona", exact=True)).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(panel(chat)).to_be_hidden()
    expect(head(chat, "The dude")).to_be_focused()
    chat.page.keyboard.press("Enter")
    panel(chat).get_by_label("System prompt").fill("")
    panel(chat).get_by_label("Also save").fill("Nothing")
    panel(chat).get_by_role("button", name="Save").click()
    expect(panel(chat).get_by_text("There are no instructions to keep.")).to_be_visible()
    panel(chat).get_by_role("button", name="Cancel").click()
    expect(panel(chat)).to_be_hidden()
    expect(head(chat, "The dude")).to_be_visible()
    assert all("400" in complaint for complaint in complaints)
    complaints.clear()


def test_everything_has_a_name_for_a_screen_reader_and_can_be_read(chat: Chat) -> None:
    axe = Axe()
    chat.page.get_by_text("More", exact=True).click()
    persona(chat).select_option("own")
    found = [axe.run(chat.page)]
    chat.page.get_by_label("Your instructions").fill("Be a pirate.")
    chat.ask("Where is the treasure?")
    chat.sees_state("complete")
    chat.answer.get_by_label("About this message").click()
    head(chat, "Own instructions").click()
    expect(panel(chat)).to_be_visible()
    found.append(axe.run(chat.page))
    chat.open("/personas/")
    found.append(axe.run(chat.page))
    assert [problem["id"] for each in found for problem in each.response["violations"]] == []


def test_nothing_is_wider_than_a_phone(window: BrowserContext, server: Server) -> None:
    page = window.new_page()
    page.set_viewport_size({"width": 320, "height": 640})
    chat = Chat(page, server.url).open()
    persona(chat).select_option(label="Patient teacher")
    chat.ask("Averylongquestion" * 12)
    chat.sees_state("complete")
    chat.answer.get_by_label("About this message").click()
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) == 320
    head(chat, "Patient teacher").click()
    expect(panel(chat)).to_be_visible()
    assert panel(chat).evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    for path in ("/personas/", f"{chat.path}settings/"):
        chat.open(path)
        assert page.evaluate(width) == 320


def test_without_script_one_chooses_changes_and_keeps_all_the_same(
    browser: Browser, server: Server, model: Upstream
) -> None:
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE)
    chat = Chat(context.new_page(), server.url).open()
    persona(chat).select_option(label="The dude")
    models(chat).select_option("second")
    chat.send("What day is this?")
    model.wait_for_requests()
    head(chat, "The dude").click()
    persona(chat).select_option(label="Concise helper")
    chat.page.get_by_role("button", name="Save").click()
    expect(chat.notice).to_contain_text("Saved.")
    expect(head(chat, "Concise helper")).to_be_visible()
    expect(models(chat)).to_have_value("second")
    head(chat, "Concise helper").click()
    chat.page.get_by_label("System prompt").fill("Be a pirate.")
    chat.page.get_by_label("Also save").fill("Pirate")
    chat.page.get_by_role("button", name="Save").click()
    expect(head(chat, "Pirate")).to_be_visible()
    chat.open("/personas/")
    chat.page.get_by_role("button", name="Delete “Pirate”").click()
    expect(chat.status).to_contain_text("“Pirate” is deleted.")
    context.close()
