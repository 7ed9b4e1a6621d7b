"""Who generates is a setting; what is promised is the same: one contract over the local runner and the worker tier."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import pytest
import pytest_asyncio
from django.conf import settings as site_settings
from django.db import connection
from django.db.models.functions import Now
from procrastinate import App
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.schema import SchemaManager
from pytest_django import Settings

from chat.models import Generation, Message, Turn, User
from chat.streaming import follow, jobs
from chat.streaming import runner as running
from chat.streaming.runner import Runner, Start
from tests.conftest import begin
from tests.reading import in_thread, latest, read_to_end, wait_for
from tests.upstream import Endless, Finish, Gate, Say, Upstream

pytestmark = pytest.mark.django_db(transaction=True)

IS_SQLITE = site_settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
QUEUED = pytest.param(
    "procrastinate", marks=pytest.mark.skipif(IS_SQLITE, reason="Procrastinate keeps its queue in PostgreSQL")
)


@dataclass
class Tier:
    """A web process's runner, and a worker's behind it where the setting says so; both in this test's loop."""

    web: Runner = field(default_factory=Runner)
    worker: Runner = field(default_factory=Runner)
    concurrency: int = 10
    _open: list[Runner] = field(default_factory=list)

    def __post_init__(self) -> None:
        if site_settings.CHAT_RUNNER == "local":
            self.worker = self.web

    async def open(self) -> None:
        await self.open_web()
        await self.open_worker()

    async def open_web(self) -> None:
        await self.web.open()
        self._open.append(self.web)

    async def open_worker(self) -> None:
        if self.worker is not self.web:
            await self.worker.open(partial(jobs.take, concurrency=self.concurrency))
            self._open.append(self.worker)

    async def start(self, turn: Turn) -> None:
        await in_thread(lambda: self.web.start(turn.generation.pk))  # as a page does

    async def settle(self) -> None:
        """Wait until whatever was started has been dealt with."""
        if self.worker is not self.web:
            await wait_for(lambda: waiting_jobs() == 0)
        await self.close()
        await self.open()

    async def close(self) -> None:
        while self._open:
            await self._open.pop().close(grace=0)


@pytest_asyncio.fixture(params=["local", QUEUED])
async def closed_tier(
    request: pytest.FixtureRequest, transactional_db: None, model_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Tier]:
    monkeypatch.setattr(follow, "POLL_SECONDS", 0.05)  # wake-ups stay within a process
    model_settings.CHAT_RUNNER = request.param
    if request.param == "procrastinate":
        await in_thread(make_queue)
    tier = Tier()
    yield tier
    await tier.close()


@pytest_asyncio.fixture
async def tier(closed_tier: Tier) -> Tier:
    await closed_tier.open()
    return closed_tier


def make_queue() -> None:
    """Make Procrastinate's tables, which these tests' settings don't know, or empty those that are there."""
    if "procrastinate_jobs" in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
    else:
        SchemaManager(DjangoConnector()).apply_schema()


def waiting_jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        count: int = cursor.fetchone()[0]
        return count


def expire() -> None:
    Generation.objects.update(lease=Now() - timedelta(seconds=1))


async def has_text(turn: Turn, text: str) -> None:
    await wait_for(lambda: "".join(turn.answer.chunks.order_by("offset").values_list("text", flat=True)) == text)


async def test_a_started_generation_runs_to_its_end(tier: Tier, turn: Turn) -> None:
    await tier.start(turn)
    assert await read_to_end(tier.web, turn.answer.pk) == ("Hello world", "complete")


async def test_one_started_twice_runs_once(tier: Tier, model: Upstream, turn: Turn) -> None:
    gate = Gate()
    model.script(Say("once"), gate, Finish())
    await tier.start(turn)
    await has_text(turn, "once")
    await tier.start(turn)  # while it runs
    gate.release()
    assert await read_to_end(tier.web, turn.answer.pk) == ("once", "complete")
    await tier.start(turn)  # when it is over
    await tier.settle()
    assert (len(model.requests), (await latest(turn.answer.pk)).attempt) == (1, 1)


async def test_a_stop_asked_of_the_web_process_ends_it(tier: Tier, model: Upstream, turn: Turn) -> None:
    model.script(Endless(every=0.01))
    await tier.start(turn)
    await wait_for(turn.answer.chunks.exists)
    generation = await latest(turn.answer.pk)
    await in_thread(generation.request_stop)
    await in_thread(lambda: tier.web.stop(generation))
    assert (await read_to_end(tier.web, turn.answer.pk))[1] == "stopped"


async def test_a_row_nobody_started_is_started_by_a_reaper(closed_tier: Tier, turn: Turn) -> None:
    await in_thread(expire)  # as left by a process killed between the commit of a send and its start
    await closed_tier.open()
    assert await read_to_end(closed_tier.web, turn.answer.pk) == ("Hello world", "complete")


async def test_closing_interrupts_and_keeps_the_text(tier: Tier, model: Upstream, turn: Turn) -> None:
    model.script(Say("so far"), Gate(), Finish())
    await tier.start(turn)
    await has_text(turn, "so far")
    await tier.close()
    message = await in_thread(lambda: Message.objects.get(pk=turn.answer.pk))
    assert (message.text, (await latest(message.pk)).state) == ("so far", "interrupted")


async def test_an_intake_that_fails_is_started_again_and_its_answer_goes_on(
    transactional_db: None, model_settings: Settings, model: Upstream, turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "RESTART_SECONDS", 0)
    gate, worker, starts = Gate(), Runner(), 0
    model.script(Say("before"), gate, Say(" and after"), Finish())

    async def intake(start: Start) -> None:
        nonlocal starts
        start(turn.generation.pk)
        starts += 1
        if starts == 1:
            await has_text(turn, "before")
            raise RuntimeError("scripted")
        gate.release()
        await asyncio.Event().wait()

    await worker.open(intake)
    assert await read_to_end(worker, turn.answer.pk) == ("before and after", "complete")
    assert (starts, len(model.requests)) == (2, 1)
    await worker.close(grace=0)


# What only a queue can do

only_queued = pytest.mark.parametrize("closed_tier", [QUEUED], indirect=True)


@only_queued
async def test_a_web_process_puts_an_abandoned_row_before_the_workers_and_runs_nothing(
    closed_tier: Tier, model: Upstream, turn: Turn
) -> None:
    await in_thread(expire)
    await closed_tier.open_web()
    await wait_for(lambda: waiting_jobs() == 1)
    assert (await latest(turn.answer.pk)).state == "queued"
    assert (model.requests, model.model_requests) == ([], [])
    assert closed_tier.web.model_health == "asked by the workers"
    await closed_tier.open_worker()
    assert await read_to_end(closed_tier.web, turn.answer.pk) == ("Hello world", "complete")


@only_queued
async def test_a_row_that_waits_long_is_put_before_the_workers_only_once(closed_tier: Tier, turn: Turn) -> None:
    await closed_tier.start(turn)
    await in_thread(expire)
    await closed_tier.open_web()
    await wait_for(lambda: Generation.objects.filter(lease__gt=Now()).exists())  # reaped
    await closed_tier.close()
    assert await in_thread(waiting_jobs) == 1


@only_queued
async def test_where_the_queue_takes_nothing_the_row_waits_for_a_reaper(
    closed_tier: Tier, turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(DjangoConnector, "execute_query_all", fail)
        await closed_tier.start(turn)
    assert ((await latest(turn.answer.pk)).state, await in_thread(waiting_jobs)) == ("queued", 0)
    await in_thread(expire)
    await closed_tier.open()
    assert await read_to_end(closed_tier.web, turn.answer.pk) == ("Hello world", "complete")


def fail(*args: object, **kwargs: object) -> None:
    raise ConnectorException("scripted")


@only_queued
async def test_a_worker_takes_as_many_as_it_was_told(
    closed_tier: Tier, model: Upstream, turn: Turn, other: User
) -> None:
    closed_tier.concurrency = 1
    await closed_tier.open()
    gate, second = Gate(), await in_thread(lambda: begin(other))
    model.script(Say("first"), gate, Finish())
    await closed_tier.start(turn)
    await has_text(turn, "first")
    await closed_tier.start(second)
    await wait_for(lambda: waiting_jobs() == 2)
    gate.release()
    assert await read_to_end(closed_tier.web, second.answer.pk) == ("Hello world", "complete")
    ended, began = (await latest(turn.answer.pk)).finished, (await latest(second.answer.pk)).started
    assert ended and began and ended <= began


@only_queued
async def test_a_worker_of_procrastinates_that_gives_up_is_started_again(
    closed_tier: Tier, turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "RESTART_SECONDS", 0)
    run_worker = App.run_worker_async

    async def give_up(*args: object, **options: object) -> None:
        monkeypatch.setattr(App, "run_worker_async", run_worker)

    monkeypatch.setattr(App, "run_worker_async", give_up)
    await closed_tier.start(turn)
    await closed_tier.open()
    assert await read_to_end(closed_tier.web, turn.answer.pk) == ("Hello world", "complete")


@only_queued
async def test_a_worker_told_to_end_while_its_queue_still_opens_leaves_nothing_running(closed_tier: Tier) -> None:
    before = asyncio.all_tasks()
    for turns in (0, 1, 2, 5, 10, 20, 50, 100, 200):
        await closed_tier.open()
        for _ in range(turns):
            await asyncio.sleep(0)
        await closed_tier.close()
        assert asyncio.all_tasks() == before


@only_queued
async def test_neither_finished_jobs_nor_those_of_dead_workers_pile_up(closed_tier: Tier, turn: Turn) -> None:
    await in_thread(leave_a_lost_job)
    await closed_tier.start(turn)
    assert await in_thread(waiting_jobs) == 2
    await closed_tier.open()
    await wait_for(lambda: waiting_jobs() == 0)
    assert (await latest(turn.answer.pk)).state == "complete"


def leave_a_lost_job() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, args) VALUES (%s, %s, 'doing', '{}')",
            [jobs.QUEUE, jobs.TASK],
        )
