"""Broken lines, late tabs and strange cursors: whoever comes, whenever, ends with the same text as who never left."""

import select
from collections.abc import Callable, Iterator

import pytest

from tests.line import Line
from tests.screen import Screen
from tests.server import Server
from tests.upstream import Finish, Gate, Say, Step, Upstream
from tests.visitor import Stream, Visitor, words

pytestmark = pytest.mark.usefixtures("shared_server")

TEXT = "one two three four five six seven eight"


@pytest.fixture
def line(server: Server) -> Iterator[Line]:
    with Line(server.port) as line:
        yield line


@pytest.fixture
def gates(model: Upstream) -> list[Gate]:
    """The next answer is TEXT; the model waits at a gate after each word but the last."""
    first, *rest = TEXT.split(" ")
    gates = [Gate() for _ in rest]
    steps: list[Step] = [Say(first)]
    for gate, word in zip(gates, rest, strict=True):
        steps += [gate, Say(f" {word}")]
    model.script(*steps, Finish())
    return gates


def release(gates: list[Gate]) -> None:
    for gate in gates:
        gate.release()


def shows(word: str) -> Callable[[Screen], bool]:
    return lambda screen: word in screen.text


# The line


def test_a_line_cut_without_a_word_costs_nothing(visitor: Visitor, line: Line, gates: list[Gate]) -> None:
    answer = visitor.ask()
    screen = Screen(visitor.at(line.open().url), answer)
    screen.read_once(until=shows("one"))  # and holds on to what it has
    with visitor.at(line.url).follow(answer) as deaf:
        deaf.until("one")
        line.cut()
        release(gates)
        visitor.wait_for_state(answer, "complete")
        assert not is_readable(deaf)
    assert screen.watch().text == TEXT


def test_a_server_that_is_unavailable_for_a_while_is_asked_again_from_where_the_reader_was(
    visitor: Visitor, line: Line, gates: list[Gate]
) -> None:
    screen = Screen(visitor.at(line.open().url), visitor.ask())
    screen.read_once(until=shows("one"))
    line.is_unavailable = True
    with screen.in_background():
        screen.wait_until(lambda: len(screen.refused) > 2)
        release(gates)
        line.is_unavailable = False
        screen.wait_until(lambda: screen.is_over)
    assert screen.text == TEXT
    assert set(screen.refused) == {503}


def test_a_first_connection_that_is_refused_costs_nothing(visitor: Visitor, line: Line, gates: list[Gate]) -> None:
    screen = Screen(visitor.at(line.url), visitor.ask())  # nobody listens there yet
    with screen.in_background():
        screen.wait_until(lambda: screen.tries > 2)
        assert screen.text == ""
        line.open()
        release(gates)
        screen.wait_until(lambda: screen.is_over)
    assert screen.text == TEXT


# Reloads and tabs


def test_a_reload_at_every_cursor_of_a_growing_answer_goes_on_exactly(visitor: Visitor, gates: list[Gate]) -> None:
    answer = visitor.ask()
    pages = []
    with visitor.follow(answer) as stays:
        for word, gate in zip(TEXT.split(" "), gates, strict=False):
            stays.until(word)
            pages.append(visitor.load(answer))
            gate.release()
        assert list(stays)[-1].name == "done"
    held = [words(page.html) for page in pages]
    assert held == [TEXT[: TEXT.index(word)].rstrip() for word in TEXT.split(" ")[1:]]
    assert {text + rest(visitor, answer, page.after) for text, page in zip(held, pages, strict=True)} == {TEXT}


def test_what_is_written_between_a_pages_making_and_its_stream_is_not_missed(
    visitor: Visitor, gates: list[Gate]
) -> None:
    answer = visitor.ask()
    with visitor.follow(answer) as stream:
        stream.until("one")
        page = visitor.load(answer)
        gates[0].release()
        stream.until("two")
        with visitor.follow(answer, after=page.after) as late:
            assert words(late.until("two")[0].data) == " two"
            release(gates)
            assert list(late)[-1].name == "done"


@pytest.mark.parametrize("begun", [False, True])
def test_an_end_between_a_pages_making_and_its_stream_is_not_missed(
    visitor: Visitor, model: Upstream, begun: bool
) -> None:
    gate = Gate()
    model.script(*([Say("one")] if begun else []), gate, Say(" two"), Finish())
    answer = visitor.ask()
    gate.wait_until_reached()
    if begun:
        Screen(visitor, answer).read_once(until=shows("one"))
    page = visitor.load(answer)
    gate.release()
    visitor.wait_for_state(answer, "complete")
    with visitor.follow(answer, after=page.after) as stream:
        *patches, last = list(stream)
    shown = words(page.html) + "".join(words(patch.data) for patch in patches)
    assert shown == ("one two" if begun else "two")
    assert last.name == "done"


def test_two_tabs_one_late_and_one_reopened_after_the_end_show_the_same(visitor: Visitor, gates: list[Gate]) -> None:
    answer = visitor.ask()
    early, late, reopened = Screen(visitor, answer), Screen(visitor, answer), Screen(visitor, answer)
    early.read_once(until=shows("one"))
    with early.in_background():
        gates[0].release()
        early.wait_until_shows("two")
        with late.in_background():
            late.wait_until_shows("two")
            release(gates)
            late.wait_until(lambda: late.is_over)
        early.wait_until(lambda: early.is_over)
    assert {early.text, late.text, reopened.watch().text} == {TEXT}
    assert words(visitor.html(answer)) == TEXT
    assert visitor.load(answer).after == ""  # a finished answer opens no stream


# Cursors


@pytest.mark.parametrize("cursor", ["500.0", "999999999.999999999", "9" * 5_000 + ".0", "-5.0", "3.-1", "3.0.0"])
def test_no_cursor_from_elsewhere_hides_a_growing_answer(visitor: Visitor, gates: list[Gate], cursor: str) -> None:
    answer = visitor.ask()
    with visitor.follow(answer, after=cursor) as stream:
        shown = stream.until("one")
        release(gates)
        shown += list(stream)
    assert "".join(words(event.data) for event in shown if event.name == "patch") == TEXT


def test_a_cursor_of_another_persons_answer_opens_nothing_of_it(
    visitor: Visitor, server: Server, model: Upstream
) -> None:
    model.script(Say("a secret of theirs"), Finish())
    theirs = Visitor(server.url)
    secret = theirs.ask()
    with theirs.follow(secret) as stream:
        cursor = stream.until("secret")[-1].id
    model.script(Say("mine"), Finish())
    mine = visitor.ask()
    visitor.wait_for_state(mine, "complete")
    assert rest(visitor, mine, cursor) == "mine"  # past its end: nonsense
    with visitor.follow(secret, after=cursor, last_event_id=cursor) as stream:
        assert stream.status == 404
        assert b"secret" not in stream.response.read()


# What is left to say


def rest(visitor: Visitor, answer: str, after: str) -> str:
    with visitor.follow(answer, after=after) as stream:
        return "".join(words(event.data) for event in stream if event.name == "patch")


def is_readable(stream: Stream) -> bool:
    """Whether anything came that was not read yet, be it the line's end."""
    return bool(select.select([stream.response], [], [], 0)[0])
