"""What a model thinks before it answers: folded, apart from the text, and as exact as that."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, expect

from tests import corpus
from tests.browser.hostile import ANSWERS
from tests.browser.test_hostile import JUDGE
from tests.line import Line
from tests.server import Server
from tests.stage import EVERYTHING
from tests.steps import Chat, eventually
from tests.upstream import Cut, Finish, Gate, Hang, Headers, Say, Think, Upstream

THOUGHT = "They ask of the *sky*.\n\n1. Light\n2. Air\n\nSo it is"
THOUGHT_FOR = re.compile("^Thought for ")


def test_thoughts_come_folded_before_the_text_and_stay_apart_from_it(chat: Chat, model: Upstream) -> None:
    begun, thought, said = Gate(), Gate(), Gate()
    model.script(
        Headers(), begun, Think(THOUGHT), thought, Think(" scattering."), Say("Because"), said, Say("."), Finish()
    )
    chat.send("Why is the sky blue?")
    begun.wait_until_reached()
    expect(chat.answer.get_by_text("Waiting for the model…")).to_be_visible()
    expect(chat.thinking).to_have_count(0)
    begun.release()
    expect(chat.thinking.get_by_text("Thinking…")).to_be_visible()
    expect(chat.thoughts).to_contain_text("So it is")
    expect(chat.thoughts).to_be_hidden()
    expect(chat.answer.get_by_text("Waiting for the model…")).to_be_hidden()
    expect(chat.text).to_be_empty()
    thought.release()
    chat.sees_growing("Because")
    expect(chat.thinking.locator("summary")).to_have_text(THOUGHT_FOR)
    expect(chat.answer.get_by_text("Answering…")).to_be_visible()
    said.release()
    chat.sees_state("complete")
    expect(chat.text).to_have_text("Because.")
    expect(chat.thoughts).to_contain_text("So it is scattering.")
    assert chat.picture() == chat.reload().picture()
    expect(chat.thoughts).to_be_hidden()
    chat.thinking.locator("summary").click()
    expect(chat.thoughts.locator("em")).to_have_text("sky")


def test_opened_while_it_grows_it_stays_open(chat: Chat, model: Upstream) -> None:
    gates = [Gate(), Gate(), Gate()]
    model.script(
        Think("One."),
        gates[0],
        Think("\n\nTwo."),
        gates[1],
        Think(" Three."),
        Say("Well"),
        gates[2],
        Say("."),
        Finish(),
    )
    chat.send("Why?")
    summary = chat.thinking.locator("summary")
    summary.focus()
    chat.page.keyboard.press("Enter")
    expect(chat.thoughts).to_have_text("One.")
    expect(chat.answer.locator("footer").get_by_text("Thinking…")).to_be_visible()
    for gate, shown in zip(gates, ["Two.", "Three.", "Three."], strict=True):
        gate.release()
        expect(chat.thoughts).to_contain_text(shown)
        expect(chat.thoughts).to_be_visible()
        expect(summary).to_be_focused()
    chat.sees_state("complete")
    expect(chat.thinking).to_have_attribute("open", "")
    expect(summary).to_be_focused()
    expect(summary).to_have_text(THOUGHT_FOR)


def test_without_thoughts_there_is_no_fold(chat: Chat, model: Upstream) -> None:
    model.script(Say("Because."), Finish())
    chat.send("Why?")
    chat.sees_state("complete")
    expect(chat.thinking).to_have_count(0)


@pytest.mark.parametrize("answered", [True, False])
def test_a_page_that_comes_in_the_middle_shows_the_same_in_the_end(
    chat: Chat, model: Upstream, window: BrowserContext, answered: bool
) -> None:
    frames = corpus.frames(EVERYTHING)
    middle = len(frames) // 2
    gate = Gate()
    text = Say(*corpus.frames(EVERYTHING), every=0.002) if answered else Think("")
    model.script(Think(*frames[:middle], every=0.006), gate, Think(*frames[middle:], every=0.006), text, Finish())
    chat.send("Think of everything")
    gate.wait_until_reached()
    expect(chat.thoughts).not_to_be_empty()
    late = Chat(window.new_page(), chat.url).open(chat.path)
    expect(late.thinking.get_by_text("Thinking…")).to_be_visible()
    gate.release()
    for each in (chat, late):
        each.sees_state("complete" if answered else "failed")
    streamed = chat.picture()
    assert late.picture() == streamed
    assert chat.reload().picture() == streamed
    expect(chat.text.locator("table")).to_have_count(3 if answered else 0)
    expect(chat.thoughts.locator("table")).to_have_count(3)


@pytest.fixture
def line(server: Server) -> Iterator[Line]:
    with Line(server.port) as line:
        yield line


def test_thoughts_go_on_exactly_where_the_line_broke(
    chat: Chat, model: Upstream, line: Line, complaints: list[str]
) -> None:
    chat = Chat(chat.page, line.open().url).open()
    first, second = Gate(), Gate()
    model.script(Think(THOUGHT), first, Think(" scatt"), second, Think("ering."), Say("Because."), Finish())
    chat.send("Why?")
    expect(chat.thoughts).to_contain_text("So it is")
    for gate in (first, second):
        line.close()
        expect(chat.answer.get_by_text("No connection, trying again…")).to_be_visible()
        gate.release()
        line.open()
        expect(chat.answer.get_by_text("No connection, trying again…")).to_be_hidden()
    chat.sees_state("complete")
    expect(chat.thoughts.locator("div").last).to_have_text("So it is scattering.")
    assert chat.picture() == chat.reload().picture()
    complaints.clear()


def test_an_answer_of_thoughts_alone_keeps_them(chat: Chat, model: Upstream) -> None:
    model.script(Think("Hm."), Finish())
    chat.send("Why?")
    chat.sees_state("failed")
    expect(chat.thinking.locator("summary")).to_have_text(THOUGHT_FOR)
    expect(chat.answer.get_by_text("The model gave no answer.")).to_be_visible()
    expect(chat.button("Copy message")).to_have_count(1)  # the question's
    assert chat.picture() == chat.reload().picture()
    model.script(Think("Again."), Say("Because."), Finish())
    chat.button("Try again").click()
    chat.sees_state("complete")
    expect(chat.thoughts.locator("p")).to_have_text(["Hm.", "Again."])
    assert chat.picture() == chat.reload().picture()


def test_continued_an_answer_goes_on_in_both_parts(chat: Chat, model: Upstream) -> None:
    model.script(Think("First."), Say("One, "), Cut())
    chat.send("Count")
    chat.sees_state("interrupted")
    chat.thinking.locator("summary").click()
    gate = Gate()
    model.script(Think("Second."), gate, Say("two."), Finish())
    chat.button("Continue").click()
    expect(chat.thoughts.locator("p")).to_have_text(["First.", "Second."])
    gate.release()
    chat.sees_state("complete")
    expect(chat.text).to_have_text("One, two.")
    assert chat.picture() == chat.reload().picture()


def test_a_message_is_copied_without_what_was_thought(chat: Chat, model: Upstream, window: BrowserContext) -> None:
    window.grant_permissions(["clipboard-read", "clipboard-write"])
    model.script(Think("Secretly."), Say("Some *Markdown*"), Finish())
    chat.send("Why?")
    chat.sees_state("complete")
    chat.answer.get_by_role("button", name="Copy message").click()
    expect(chat.status).to_have_text("Message copied as Markdown")
    assert chat.page.evaluate("navigator.clipboard.readText()") == "Some *Markdown*"


@pytest.mark.parametrize("kind", ["one after the other", "in everything else"])
def test_hostile_thoughts_are_harmless(chat: Chat, model: Upstream, kind: str) -> None:
    hostile = '<div data-part="text">x</div>\n\n' + ANSWERS[kind][:6_000]
    model.script(Think(*corpus.frames(hostile), every=0.002), Say("Harmless."), Finish())
    chat.send("Be evil")
    chat.sees_state("complete")
    expect(chat.text).to_have_text("Harmless.")
    judge = JUDGE.replace('data-part="text"', 'data-part="reasoning"')
    assert chat.page.evaluate(judge) == []
    assert chat.picture() == chat.reload().picture()
    assert chat.page.evaluate(judge) == []


def test_a_screen_reader_hears_what_goes_on_and_no_thoughts(chat: Chat, model: Upstream) -> None:
    chat.page.evaluate(
        """(window.heard = [], new MutationObserver(() => heard.push(document.getElementById("status").textContent))
            .observe(document.getElementById("status"), {childList: true}))"""
    )
    thought, said = Gate(), Gate()
    model.script(Think("Hm. ", "Well. ", every=0.1), thought, Say("Because", " so", every=0.1), said, Finish())
    chat.send("Why?")
    expect(chat.status).to_have_text("Thinking…")
    found = Axe().run(chat.page)
    assert found.violations_count == 0, found.generate_report()
    thought.release()
    expect(chat.status).to_have_text("Answering…")
    said.release()
    expect(chat.status).to_have_text("The answer is complete.")
    heard = chat.page.evaluate("heard")
    assert heard[-3:] == ["Thinking…", "Answering…", "The answer is complete."]
    assert len(heard) <= 4  # "Answering…" as the stream opens


def test_who_reads_what_was_thought_is_not_taken_to_the_end(chat: Chat, model: Upstream) -> None:
    model.script(Think("A thought.\n\n" * 80), Say("Because."), Finish())
    chat.send("Why?")
    chat.sees_state("complete")
    summary = chat.thinking.locator("summary")
    summary.click()
    expect(chat.thoughts.locator("p").last).to_be_attached()
    expect(chat.button("Jump to latest")).to_be_visible()
    expect(summary).to_be_in_viewport()


def test_paper_shows_thoughts_only_where_they_are_open(chat: Chat, model: Upstream) -> None:
    model.script(Think("Hm."), Say("Because."), Finish())
    chat.send("Why?")
    chat.sees_state("complete")
    chat.page.emulate_media(media="print")
    expect(chat.thinking).to_be_hidden()
    chat.page.emulate_media(media="screen")
    chat.thinking.locator("summary").click()
    chat.page.emulate_media(media="print")
    expect(chat.thoughts).to_be_visible()


def test_without_script_thoughts_grow_in_the_frame_above_the_text(plain_chat: Chat, model: Upstream) -> None:
    chat, gates = plain_chat, [Gate(), Gate()]
    model.script(
        Think("One.\n\nTwo.\n\nThree"), gates[0], Think(", four."), Say("Because.\n\nAnd.\n\nSo"), gates[1], Finish()
    )
    chat.send("Why?")
    frame = chat.page.frame_locator("iframe")
    expect(frame.get_by_text("Thinking…")).to_be_visible()
    expect(chat.thinking).to_be_hidden()
    frame.locator("summary").click()
    expect(frame.get_by_text("One.")).to_be_visible()
    gates[0].release()
    expect(frame.locator('.frame > [data-part="text"]')).to_contain_text("Because.")
    expect(frame.get_by_text("Three, four.")).to_be_visible()
    expect(frame.locator("summary")).to_have_text("Thoughts", use_inner_text=True)
    gates[1].release()
    frame.get_by_role("link", name="Show the finished answer").click()
    chat.sees_state("complete")
    expect(chat.thinking.get_by_text(THOUGHT_FOR)).to_be_visible()
    chat.thinking.locator("summary").click()
    expect(chat.thoughts).to_contain_text("Three, four.")


def test_a_stopped_thought_is_kept_and_says_how_long_it_took(chat: Chat, model: Upstream) -> None:
    model.script(Think("Hm."), Hang())
    chat.send("Why?")
    expect(chat.thinking).to_be_visible()
    chat.button("Stop generating").click()
    chat.sees_state("stopped")
    expect(chat.thinking.locator("summary")).to_have_text(THOUGHT_FOR)
    eventually(lambda: chat.picture() == chat.reload().picture())
