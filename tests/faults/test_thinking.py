"""Streams of both parts over real sockets: exact from every cursor, one event a frame, and linear when long."""

import re
from collections.abc import Iterable

import pytest

from chat.rendering import Patch, render
from tests import corpus
from tests.unit.rendering.page import Element, Page, parse
from tests.upstream import Finish, Gate, Say, Think, Upstream
from tests.visitor import Event, Visitor

pytestmark = pytest.mark.usefixtures("shared_server")

THOUGHT = "They *ask*:\n\n- sky\n- blue\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nSo it is."
TEXT = "Because of **light**, and\n\n```py\nx = 1\n```\n\nthe air."
TEMPLATE = re.compile(r"(?s)<template( data-part=reasoning)? data-at=(\d+)(?: data-drop=(\d+))?>(.*?)</template>")
FOLD = '<details class="thinking">'


def in_words(text: str) -> list[str]:
    return re.findall(r"\S+\s*", text)


class Shown:
    """The two parts of an answer, as the patches of some events make them."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.text, self.reasoning = Page(), Page()
        self.receive(events)

    def receive(self, events: Iterable[Event]) -> "Shown":
        for event in events:
            for of_reasoning, depth, drop, html in TEMPLATE.findall(event.data):
                part = self.reasoning if of_reasoning else self.text
                part.apply([Patch(int(depth), int(drop or 0), html)])
        return self

    @property
    def parts(self) -> tuple[Element, Element]:
        return self.text.container, self.reasoning.container


def test_a_resume_from_every_cursor_sends_the_rest_of_both_parts(visitor: Visitor, model: Upstream) -> None:
    first, second = in_words(THOUGHT)[:8], in_words(THOUGHT)[8:]
    later, rest = in_words(TEXT)[:2], in_words(TEXT)[2:]
    model.script(
        Think(*first, every=0.06), Think(*second, every=0.06), Say(*later, every=0.06),
        Think("\n\nStill", " so.", every=0.06), Say(*rest, every=0.06), Finish(),
    )  # fmt: skip
    answer = visitor.ask()
    with visitor.follow(answer) as stream:
        live = [event for event in stream if event.name == "patch"]
    assert live[-1].id == f"{len(TEXT)}.{len(THOUGHT) + len('  Still so.')}"
    assert [FOLD in event.data for event in live] == [True] + [False] * (len(live) - 1)
    assert sum("Thought for" in event.data for event in live) == 1
    assert len({event.id for event in live}) == len(live) > 15
    whole = Shown(live).parts
    assert whole == (parse(render(TEXT)), parse(render(f"{THOUGHT}\n\nStill so.")))
    for number, event in enumerate(live):
        with visitor.follow(answer, last_event_id=event.id) as stream:
            *rest_of_it, done = list(stream)
        assert not any(FOLD in each.data for each in rest_of_it)
        assert "Thought for" in done.data
        assert Shown(live[: number + 1]).receive(rest_of_it).parts == whole, event.id


def test_a_page_from_before_the_thoughts_gets_the_fold_with_the_first(visitor: Visitor, model: Upstream) -> None:
    begun, gate = Gate(), Gate()
    model.script(begun, Think("Hm."), gate, Say("Because."), Finish())
    answer = visitor.ask()
    with visitor.follow(answer) as stream:
        begun.release()
        first = stream.until("Hm.")[0]
        assert first.id == "0.3"
        assert (
            f'<div hx-swap-oob="beforebegin:#text-{answer}">{FOLD}<summary><span id="thought-{answer}">' in first.data
        )
        assert "Thinking…" in first.data
        assert first.data.endswith("<template data-part=reasoning data-at=0><div><p>Hm.</p></div></template>")
        gate.release()
        second = stream.until("Because.")[0]
        assert FOLD not in second.data
        assert f'<span id="thought-{answer}" hx-swap-oob="true">Thought for ' in second.data


@pytest.mark.parametrize("cursor", ["0.99999", "99999.3", "99999.99999"])
def test_a_cursor_past_the_thoughts_is_nonsense_too(visitor: Visitor, model: Upstream, cursor: str) -> None:
    model.script(Think("Hm."), Say("Hello"), Finish())
    answer = visitor.ask()
    visitor.wait_for_state(answer, "complete")
    with visitor.follow(answer, after=cursor) as stream:
        events = list(stream)
    assert Shown(events).parts == (parse(render("Hello")), parse(render("Hm.")))


def test_long_thoughts_cost_what_they_are_long(visitor: Visitor, model: Upstream) -> None:
    sizes = []
    for tokens in (2_000, 20_000):
        thoughts = corpus.answer("prose", tokens)
        model.script(Think(*corpus.frames(thoughts)), Say("So."), Finish())
        answer = visitor.ask(page=visitor.page) if visitor.page else visitor.ask()
        visitor.wait_for_state(answer, "complete", seconds=60)
        with visitor.follow(answer) as stream:
            sizes.append(sum(len(event.data) for event in stream))
        assert sizes[-1] < 4 * len(thoughts)
    assert sizes[1] < 15 * sizes[0]
