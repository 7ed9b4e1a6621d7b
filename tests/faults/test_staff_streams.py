"""What staff read along, from a real server: theirs by permission alone, noted each time, and a replay on time.

A replay's patches come at the timeline's moments: at most TOLERANCE late, or early by what the clocks' grain is.
"""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from tests.faults.conftest import Site
from tests.server import Server
from tests.upstream import Finish, Gate, Hang, Say, Upstream
from tests.visitor import Stream, Visitor, words

pytestmark = pytest.mark.usefixtures("shared_server")

SEATS = 5
ENVIRONMENT = {"CHAT_MAX_STREAMS": str(SEATS)}

TOLERANCE = 0.1  # seconds, and
SHARE = 0.02  # of the time that has gone by
EARLY = 0.02  # seconds: between a clock here and one there

TEXT = "# Sky\n\nAir scatters *blue* light.\n\n- more\n- than red\n\nThat is all."
POINTS = [[100, 7], [150, 20], [400, 36], [1_500, 45], [1_600, 60], [1_900, len(TEXT)]]

STAFF = """
from chat.models import User; from chat.roles import make_roles; from django.contrib.auth.models import Group
make_roles()
for name, role in (("reviewer", "Reviewer"), ("operator", "Operator")):
    if not User.objects.filter(username=name).exists():
        user = User.objects.create_user(name, password="a secret", is_staff=True)
        user.groups.set(Group.objects.filter(name=role))
"""
FINISHED = """
import json; from django.utils import timezone; from chat.models import *
runs, text = json.loads('''{runs}''')
user = User.objects.create_user(username="teller-" + str(User.objects.count()))
chat = Conversation.objects.create(user=user, title="Told")
question = chat.messages.create(role="user", author=user, text="Why?")
answer = chat.messages.create(role="assistant", parent=question, text=text)
for number, (start, points) in enumerate(runs, start=1):
    generation = Generation.objects.create(message=answer, conversation=chat, ordinal=number, start_offset=start,
        state="complete", model="scripted", lease=timezone.now())
    if points: Timeline.objects.create(generation=generation, points=points)
print(answer.pk)
"""


@pytest.fixture(scope="module", autouse=True)
def staff(shared_server: Server) -> None:
    shared_server.manage("shell", f"--command={STAFF}")


def signed_in(server: Server, name: str) -> Visitor:
    visitor = Visitor(server.url)
    visitor.get("/accounts/login/")
    assert visitor.post("/accounts/login/", login=name, password="a secret")[0] == 302
    return visitor


@pytest.fixture
def reviewer(server: Server) -> Visitor:
    return signed_in(server, "reviewer")


def finished(server: Server, runs: list[Any], text: str = TEXT) -> str:
    """Store an answer whose characters came so, by generation; return its id."""
    code = FINISHED.format(runs=json.dumps([runs, text]).replace("\\", "\\\\"))
    return server.manage("shell", "--no-imports", f"--command={code}").strip().splitlines()[-1]


def live(message: str, after: str = "0.0") -> str:
    return f"/admin/chat/message/{message}/stream/?after={after}"


def replay(message: str, **query: int) -> str:
    return f"/admin/chat/message/{message}/replay/?" + "&".join(f"{name}={value}" for name, value in query.items())


@contextmanager
def following(visitor: Visitor, path: str, **headers: str) -> Iterator[Stream]:
    with visitor.open(path, headers) as stream:
        assert stream.status == 200
        yield stream


def openings(site: Site, message: str, kind: str) -> int:
    rows = site.peek.rows(f"SELECT message_id FROM chat_opening WHERE kind = '{kind}'")
    return sum(str(found).replace("-", "") == message.replace("-", "") for (found,) in rows)


# Live


def test_staff_see_an_answer_grow_and_its_account_at_the_end(
    visitor: Visitor, reviewer: Visitor, site: Site, model: Upstream
) -> None:
    gate = Gate()
    model.script(Say("so *far"), gate, Say("* so good"), Finish(usage=(3, 5)))
    answer = visitor.ask()
    with following(reviewer, live(answer)) as stream:
        assert "far" in stream.until("far")[-1].data
        assert openings(site, answer, "live") == 1  # before the first word
        gate.release()
        *patches, done = list(stream)
    assert "so good" in "".join(event.data for event in patches)
    assert done.name == "done"
    assert f'id="aside-{answer}"' in done.data
    assert "3 read, 5 written" in done.data
    assert f"/admin/chat/message/{answer}/replay/" in done.data


def test_the_versions_at_its_end_lead_on_with_the_lists_filters(
    visitor: Visitor, reviewer: Visitor, model: Upstream
) -> None:
    model.script(Say("one"), Finish())
    first, gate = visitor.ask(), Gate()
    visitor.wait_for_state(first, "complete")
    model.script(Say("another"), gate, Finish())
    visitor.post(f"/messages/{first}/regenerate/")
    [second] = visitor.answers()
    kept = "_changelist_filters=review%3Dunreviewed"
    with following(reviewer, f"{live(second)}&{kept}") as stream:
        stream.until("another")
        gate.release()
        *_, done = list(stream)
    assert f'href="?at={first}&amp;{kept}#message-{first}"' in done.data


def test_staff_and_owner_are_sent_the_same(visitor: Visitor, reviewer: Visitor, model: Upstream) -> None:
    model.script(Say(TEXT), Finish())
    answer = visitor.ask()
    visitor.wait_for_state(answer, "complete")
    for after in ("0.0", "9.0", f"{len(TEXT)}.0"):
        with visitor.follow(answer, after=after) as stream:
            theirs = [event for event in stream if event.name == "patch"]
        with following(reviewer, live(answer, after)) as stream:
            assert [event for event in stream if event.name == "patch"] == theirs


def test_the_owner_cannot_tell(visitor: Visitor, reviewer: Visitor, model: Upstream) -> None:
    model.script(Say("so far"), Hang())
    answer = visitor.ask()
    with visitor.follow(answer) as stream:
        stream.until("so far")
    before = visitor.load(answer)
    with following(reviewer, live(answer)) as stream:
        stream.until("so far")
        assert visitor.load(answer) == before
    visitor.post(f"/messages/{answer}/stop/")


def test_a_connection_that_goes_on_is_no_other_opening(
    visitor: Visitor, reviewer: Visitor, site: Site, model: Upstream
) -> None:
    model.script(Say("so far"), Finish())
    answer = visitor.ask()
    visitor.wait_for_state(answer, "complete")
    with following(reviewer, live(answer), **{"Last-Event-ID": "1.0"}) as stream:
        list(stream)
    assert openings(site, answer, "live") == 1  # whoever says that they go on, and don't, is noted
    with following(reviewer, live(answer), **{"Last-Event-ID": "6.0"}) as stream:
        list(stream)
    assert openings(site, answer, "live") == 1
    with following(reviewer, live(answer)) as stream:
        list(stream)
    assert openings(site, answer, "live") == 2


# Whose right it is


@pytest.mark.parametrize("path", [live, replay])
def test_who_may_not_gets_404_and_no_redirect_and_nothing_is_noted(
    visitor: Visitor, site: Site, server: Server, path: Any
) -> None:
    answer = finished(server, [[0, POINTS]])
    visitor.ask()
    for nobody in (Visitor(server.url), visitor, signed_in(server, "operator")):
        assert nobody.get(path(answer))[0] == 404
    assert openings(site, answer, "live") + openings(site, answer, "replay") == 0


@pytest.mark.parametrize("change", ["is_temporary = true", "deleted = '2026-01-01 00:00:00'"])
@pytest.mark.parametrize("path", [live, replay])
def test_nor_does_anybody_for_what_is_not_for_review(
    reviewer: Visitor, server: Server, site: Site, path: Any, change: str
) -> None:
    answer = finished(server, [[0, POINTS]])
    assert reviewer.get(replay(answer, speed=16))[0] == 200
    newest = "SELECT id FROM chat_conversation ORDER BY created DESC LIMIT 1"
    site.peek.run(f"UPDATE chat_conversation SET {change} WHERE id = ({newest})")
    assert reviewer.get(path(answer))[0] == 404


def test_a_stream_ends_when_its_reader_is_of_the_staff_no_more(
    visitor: Visitor, server: Server, model: Upstream
) -> None:
    model.script(Say("so far"), Hang())
    answer = visitor.ask()
    slow = finished(server, [[0, [[10, 7], [60_000, len(TEXT)]]]])
    make = "User.objects.create_user('gone', password='a secret', is_staff=True, is_superuser=True)"
    server.manage("shell", f"--command=from chat.models import *; {make}")
    gone = signed_in(server, "gone")
    with ExitStack() as opened:
        along = opened.enter_context(following(gone, live(answer)))
        again = opened.enter_context(following(gone, replay(slow)))
        along.until("so far")
        unmake = "User.objects.filter(username='gone').update(is_staff=False)"
        server.manage("shell", f"--command=from chat.models import *; {unmake}")
        assert 'class="ending" data-state="closed"' in list(along)[-1].data
        last = list(again)[-1]
        assert (last.name, last.data) == ("done", "closed")
    visitor.post(f"/messages/{answer}/stop/")


# Replay


def arrivals(stream: Stream) -> list[tuple[float, int, str]]:
    """Return when each patch came, since the first, the moment it is of, and its markup."""
    found: list[tuple[float, int, str]] = []
    began = 0.0
    for event in stream:
        now = time.monotonic()
        began = began or now
        if event.name == "patch":
            found.append((now - began, int(event.id), event.data))
    return found


@pytest.mark.parametrize(
    ("speed", "start"), [(1, 0), (4, 0), (16, 0), (1, 500), (4, 500)], ids=lambda value: f"{value}"
)
def test_patches_come_when_the_characters_came(reviewer: Visitor, server: Server, speed: int, start: int) -> None:
    answer = finished(server, [[0, POINTS]])
    with following(reviewer, replay(answer, speed=speed, **{"from": start})) as stream:
        (_, first, _), *changes = arrivals(stream)
    assert first == start
    moments = [ms for ms, _ in POINTS if ms > start]
    shown = [ms for _, ms, _ in changes]
    assert set(shown) <= set(moments)
    assert shown[-1] == moments[-1]
    if speed == 1:
        assert sorted(set(shown)) == moments  # further apart than the tolerance: none is skipped
    for came, ms, _ in changes:
        due = (ms - start) / 1_000 / speed
        assert due - EARLY <= came <= due + TOLERANCE + SHARE * due


def test_what_is_shown_is_the_text_of_that_moment(reviewer: Visitor, server: Server) -> None:
    text = "word " * 12
    answer = finished(server, [[0, [[20, 10], [200, 30], [400, 60]]]], text)
    with following(reviewer, replay(answer)) as stream:
        events = arrivals(stream)
    shown = ""
    for (_, ms, data), characters in zip(events, (0, 10, 30, 60), strict=False):
        shown += words(data.replace("<!-- nothing yet -->", ""))
        assert shown.strip() == text[:characters].strip(), ms
    assert [ms for _, ms, _ in events[:4]] == [0, 20, 200, 400]


def test_from_a_moment_on_all_that_was_there_comes_at_once(reviewer: Visitor, server: Server) -> None:
    answer = finished(server, [[0, POINTS]])
    with following(reviewer, replay(answer, **{"from": 1_500})) as stream:
        (_, first, data), *_ = arrivals(stream)
    assert first == 1_500
    assert "scatters" in data
    assert "That is all" not in data


def test_generations_are_played_one_after_the_other_and_each_alone(reviewer: Visitor, server: Server) -> None:
    answer = finished(server, [[0, [[50, 5]]], [5, [[100, 6]]]], "First Second"[:11])
    with following(reviewer, replay(answer)) as stream:
        assert [ms for _, ms, _ in arrivals(stream)][:3] == [0, 50, 150]
    with following(reviewer, replay(answer, generation=2)) as stream:
        events = arrivals(stream)
    assert [ms for _, ms, _ in events][:2] == [0, 100]
    assert words(events[0][2]) == "First"
    assert reviewer.get(replay(answer, generation=3))[0] == 404


@pytest.mark.parametrize("query", ["from=x", "from=-5", "speed=3", "speed=x", "from=", "generation="])
def test_nonsense_counts_for_nothing(reviewer: Visitor, server: Server, query: str) -> None:
    answer = finished(server, [[0, [[10, len(TEXT)]]]])
    with following(reviewer, f"/admin/chat/message/{answer}/replay/?{query}") as stream:
        assert [ms for _, ms, _ in arrivals(stream)][:2] == [0, 10]


def test_past_the_end_all_is_there_at_once(reviewer: Visitor, server: Server) -> None:
    answer = finished(server, [[0, POINTS]])
    with following(reviewer, replay(answer, **{"from": 999_999_999})) as stream:
        *patches, done = list(stream)
    assert "That is all." in "".join(event.data for event in patches)
    assert (done.name, done.data) == ("done", "ended")


def test_what_is_being_written_or_has_no_timeline_is_not_played(
    visitor: Visitor, reviewer: Visitor, server: Server, model: Upstream
) -> None:
    model.script(Say("so far"), Hang())
    answer = visitor.ask()
    assert reviewer.get(replay(answer))[0] == 404
    visitor.post(f"/messages/{answer}/stop/")
    assert reviewer.get(replay(finished(server, [[0, []]])))[0] == 404


def test_a_replay_is_noted_once_however_one_jumps_in_it(reviewer: Visitor, server: Server, site: Site) -> None:
    answer = finished(server, [[0, [[10, len(TEXT)]]]])
    for start in (5, 0, 5, 8):  # who begins in its middle is noted as well
        with following(reviewer, replay(answer, **{"from": start})) as stream:
            list(stream)
    assert openings(site, answer, "replay") == 2


def test_one_reader_has_so_many_streams_and_gets_a_seat_back(reviewer: Visitor, server: Server, site: Site) -> None:
    slow = finished(server, [[0, [[10, 7], [600_000, len(TEXT)]]]])
    with ExitStack() as opened:
        streams = [opened.enter_context(following(reviewer, replay(slow))) for _ in range(SEATS)]
        for stream in streams:
            stream.until("Sky")
        with following(reviewer, replay(slow)) as stream:
            assert stream.response.read() == b"retry: 5000\n: one moment: too many streams are open\n\n"
        assert openings(site, slow, "replay") == SEATS  # who was shown nothing is not noted
        streams[0].close()
        while not begins(reviewer, slow):  # till the server has seen it go
            pass


def begins(reviewer: Visitor, message: str) -> bool:
    """Whether one more replay is let in."""
    with following(reviewer, replay(message)) as stream:
        return next(iter(stream), None) is not None
