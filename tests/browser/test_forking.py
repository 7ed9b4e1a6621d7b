"""From any message one goes on in a chat of its own; the first one stays as it is."""

from playwright.sync_api import expect

from tests.steps import Chat
from tests.upstream import Finish, Say, Upstream


def two_turns(chat: Chat, model: Upstream) -> None:
    for question, answer in (("Why is the sky blue?", "Rayleigh."), ("And in the evening?", "Red.")):
        model.script(Say(answer), Finish())
        chat.ask(question)
        chat.sees_state("complete")


def test_a_fork_from_an_answer_goes_on_from_there_and_leaves_the_chat_alone(chat: Chat, model: Upstream) -> None:
    two_turns(chat, model)
    first = chat.path
    chat.fork_from(chat.answers.first)
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("Why is the sky blue? (fork)")
    expect(chat.said).to_have_text(["Why is the sky blue?"])
    expect(chat.text).to_have_text("Rayleigh.")
    model.script(Say("Black."), Finish())
    chat.ask("And at night?")
    expect(chat.text).to_have_text("Black.")
    assert [each["content"] for each in model.requests[-1].body["messages"] if each["role"] != "system"] == [
        "Why is the sky blue?",
        "Rayleigh.",
        "And at night?",
    ]
    chat.open(first)
    expect(chat.said).to_have_text(["Why is the sky blue?", "And in the evening?"])


def test_an_answer_that_was_just_streamed_has_the_button_too(chat: Chat) -> None:
    chat.send("Why?")
    chat.sees_state("complete")
    chat.fork_from(chat.answer)
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("Why? (fork)")
    expect(chat.chats).to_have_count(2)


def test_a_fork_from_a_question_waits_to_be_answered(chat: Chat, model: Upstream) -> None:
    two_turns(chat, model)
    chat.fork_from(chat.questions.last)
    expect(chat.said).to_have_text(["Why is the sky blue?", "And in the evening?"])
    expect(chat.answer.get_by_text("Not answered here yet.")).to_be_visible()
    model.script(Say("Orange."), Finish())
    chat.button("Try again").click()
    expect(chat.text).to_have_text("Orange.")


def test_two_quick_clicks_make_one_fork(chat: Chat) -> None:
    chat.send("Why?")
    chat.sees_state("complete")
    chat.answer.get_by_label("About this message").click()
    chat.answer.get_by_role("button", name="Fork from here").dblclick()
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("Why? (fork)")
    chat.open()
    expect(chat.chats).to_have_count(2)


def test_it_works_without_script(plain_chat: Chat) -> None:
    plain_chat.send("Why?")
    plain_chat.fork_from(plain_chat.questions.first)
    expect(plain_chat.page.get_by_role("heading", level=1)).to_have_text("Why? (fork)")
    expect(plain_chat.said).to_have_text(["Why?"])
