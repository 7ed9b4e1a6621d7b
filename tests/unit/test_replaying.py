"""When a replay shows what: a pure function of the timelines, exact to the millisecond."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.curves import HEIGHT, MAX_CORNERS, WIDTH, Curve
from chat.replaying import LEAD_MS, SPEEDS, Moment, Run, Schedule, Stall, schedule, seconds_until

TWO = [Run(0, [[100, 4], [300, 9], [1_900, 12]]), Run(12, [[50, 3], [450, 20]])]


def test_one_generation_is_played_as_its_timeline_says() -> None:
    played = schedule(TWO[:1])
    assert list(played.moments) == [Moment(100, 4), Moment(300, 9), Moment(1_900, 12)]
    assert played.duration == 1_900
    assert played.stall == Stall(300, 1_900)


def test_a_second_one_goes_on_where_the_first_ended_in_time_and_in_text() -> None:
    played = schedule(TWO)
    assert list(played.moments[3:]) == [Moment(1_950, 15), Moment(2_350, 32)]
    assert played.duration == 2_350


def test_the_wait_for_the_first_words_is_no_stall() -> None:
    assert schedule([Run(0, [[5_000, 1], [5_100, 2]])]).stall == Stall(5_000, 5_100)
    assert schedule([Run(0, [[10, 1]]), Run(1, [[9_000, 1]])]).stall is None


def test_it_begins_a_second_before_the_longest_stall_or_at_the_beginning() -> None:
    assert schedule([Run(0, [[100, 1], [4_000, 2], [9_000, 3]])]).before_stall == 4_000 - LEAD_MS
    assert schedule(TWO).before_stall == 0
    assert schedule([Run(0, [[100, 1]])]).before_stall is None


def test_one_generation_alone_has_the_text_before_it_from_the_start() -> None:
    played = schedule(TWO[1:])
    assert played.start == 12
    assert played.characters_at(0) == 12
    assert played.characters_at(50) == 15


def test_what_came_before_all_timelines_is_there_from_the_start() -> None:
    played = schedule([Run(0, []), Run(700, [[1_000, 5], [2_000, 10]])])
    assert played.start == played.characters_at(0) == 700
    assert played.characters_at(1_000) == 705


def test_without_a_timeline_there_is_nothing_to_play() -> None:
    assert not schedule([])
    assert not schedule([Run(0, [])])
    assert schedule([Run(0, []), Run(7, [[10, 2]])]).characters_at(10) == 9


@pytest.mark.parametrize(("ms", "characters"), [(0, 0), (99, 0), (100, 4), (299, 4), (300, 9), (9_999, 32)])
def test_at_each_moment_so_much_is_there(ms: int, characters: int) -> None:
    assert schedule(TWO).characters_at(ms) == characters


@pytest.mark.parametrize("speed", SPEEDS)
def test_what_is_due_is_due_so_many_times_sooner(speed: int) -> None:
    assert seconds_until(2_600, 1_000, speed) == pytest.approx(1.6 / speed)


gaps = st.lists(st.tuples(st.integers(0, 60_000), st.integers(1, 400)), min_size=1, max_size=8)


@given(st.lists(gaps, min_size=1, max_size=3), st.integers(0, 300_000))
def test_wherever_a_replay_begins_it_shows_what_one_from_the_start_shows(
    runs: list[list[tuple[int, int]]], ms: int
) -> None:
    played, text = schedule_with(runs)
    moments = played.moments
    assert [moment.ms for moment in moments] == sorted(moment.ms for moment in moments)
    assert moments[-1].characters == text
    later = moments[played.next_after(ms) :]
    assert all(moment.ms > ms for moment in later)
    shown = [moment for moment in moments if moment.ms <= ms]
    assert played.characters_at(ms) == (shown[-1].characters if shown else 0)
    assert len(shown) + len(later) == len(moments)


def schedule_with(runs: list[list[tuple[int, int]]]) -> tuple[Schedule, int]:
    start, made = 0, []
    for run in runs:
        ms, characters, points = 0, 0, []
        for gap, more in run:
            ms, characters = ms + gap, characters + more
            points.append([ms, characters])
        made.append(Run(start, points))
        start += characters
    return schedule(made), start


def test_the_drawing_ends_at_the_top_right_and_marks_the_stall() -> None:
    curve = Curve(schedule(TWO[:1]))
    corners = curve.corners.split()
    assert corners[0] == f"0.0,{HEIGHT - 1}.0"
    assert corners[-1] == f"{WIDTH}.0,1.0"
    assert curve.stall_left == pytest.approx(WIDTH * 300 / 1_900, abs=0.1)
    assert curve.stall_width == pytest.approx(WIDTH * 1_600 / 1_900, abs=0.1)


def test_the_drawing_of_a_long_answer_stays_small() -> None:
    curve = Curve(schedule([Run(0, [[ms, ms] for ms in range(1, 2_001)])]))
    assert len(curve.corners.split()) <= MAX_CORNERS + 1
