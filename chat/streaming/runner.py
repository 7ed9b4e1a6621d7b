"""The runner: holds every generation of this process as a task, reaps what dead processes left, and drains at the end.

Pages call start() and stop() from their threads; everything else happens in the loop that opened the runner. Where
workers generate (dispatch.py), a web process's runner only wakes readers and reaps, and a worker's takes jobs.
"""

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError

from chat.broker import Broker, MemoryBroker, Wake
from chat.llm import ModelError
from chat.models import Generation
from chat.models.generation import LEASE, TakenOver
from chat.streaming import upstream
from chat.streaming.bookkeeper import Bookkeeper
from chat.streaming.database import DatabaseThread
from chat.streaming.dispatch import dispatch
from chat.streaming.engine import Engine
from chat.streaming.poll import Poll
from chat.streaming.presence import Presence
from chat.streaming.sweeper import Sweeper
from chat.streaming.titles import Titles
from chat.streaming.wakeups import new_broker
from chat.streaming.writer import Halt, Writer

REAP_SECONDS = LEASE.total_seconds() / 3
RESTART_SECONDS = 1.0
STOP_TAKING_SECONDS = 2.0  # it takes milliseconds, unless the queue is out of reach
STOP_TAKING_ATTEMPTS = 3
HEALTH_SECONDS = 30.0

Start = Callable[[int], "asyncio.Task[None] | None"]
Intake = Callable[[Start], Awaitable[None]]  # starts what a queue brings, until cancelled

log = logging.getLogger(__name__)


class Runner:
    """Lives as long as the process; open() ties it to a loop. Without a loop a queued row waits for a reaper."""

    def __init__(self) -> None:
        self.broker: Broker = MemoryBroker()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_stopping = False
        self._running: dict[int, asyncio.Task[None]] = {}
        self._naming: set[asyncio.Task[None]] = set()
        self._services: set[asyncio.Task[None]] = set()
        self._intake: asyncio.Task[None] | None = None
        self._dispatch = dispatch(partial(self._call, self._start))
        self.model_health = "not asked yet"

    # Called from any thread

    def start(self, generation_id: int) -> None:
        """Have a queued generation run in the background: here, or by the worker that takes it first."""
        self._dispatch.start(generation_id)

    def stop(self, generation: Generation) -> None:
        """Make a requested stop felt at once where the generation runs here; elsewhere its writer sees the flag."""
        self._call(self._stop, generation.pk, generation.message_id)

    def workers(self) -> int | None:
        """Return how many workers are alive; None where answers are generated here. Raises django.db.DatabaseError."""
        return self._dispatch.workers()

    def begin_stopping(self) -> None:
        """The process was asked to end: start nothing more and let every reader go."""
        self._call(self._begin_stopping)

    def _call(self, function: Any, *args: Any) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(function, *args)

    # In the loop

    async def open(self, intake: Intake | None = None) -> None:
        """Tie it to this loop. With an intake it is a worker's: it runs what that brings, until close()."""
        self.broker = new_broker()
        self._is_stopping = False
        self._presence = Presence()
        self._thread = DatabaseThread("reaper")
        self._writer = Writer(self.broker)
        self._engine = Engine(self._writer, upstream.catalog())
        self._titles = Titles(upstream.catalog())
        self._poll = Poll(self.broker)
        self._sweeper = Sweeper()
        self._bookkeeper = Bookkeeper()
        self._loop = asyncio.get_running_loop()
        with self._presence.entering() as is_alone:
            if is_alone:
                await self._reap_once(everyone=True)  # what runs now is a dead process's
        self._serve("reaper", self._reap)
        self._serve("poll", self._poll.run)
        self._serve("sweeper", self._sweeper.run)
        self._serve("bookkeeper", self._bookkeeper.run)
        for name, service in self.broker.services().items():
            self._serve(name, service)
        if intake or self._dispatch.answers_here:
            self._serve("writer", self._writer.run)
            self._serve("model's watch", self._watch_model)
        else:
            self.model_health = "asked by the workers"
        if intake:
            self._intake = self._task(self._supervise("intake", partial(intake, self._start)), "intake")

    async def close(self, grace: float) -> None:
        """Take no more jobs, let running answers finish for `grace` seconds, interrupt the rest, and stop."""
        await self._stop_taking()
        self._begin_stopping()
        await self._wait_for_answers(grace)
        for task in self._running.values():
            self._writer.halt(task, Halt.SHUTDOWN)
        await self._wait_for_answers(LEASE.total_seconds())
        await asyncio.gather(*self._naming, return_exceptions=True)
        self._loop = None
        for service in self._services:
            service.cancel()
        await asyncio.gather(*self._services, return_exceptions=True)
        self._services.clear()
        clerks = (self._poll, self._sweeper, self._bookkeeper)
        for part in (self._writer, self._engine, self._titles, *clerks, self._thread, upstream):
            await part.close()
        await self.broker.disconnect()
        self._presence.leave()

    async def _stop_taking(self) -> None:
        """End the intake, before _start() refuses: a job that came between would find nobody and be gone."""
        if self._intake is None:
            return
        for _ in range(STOP_TAKING_ATTEMPTS):  # what is still connecting may swallow one
            self._intake.cancel()
            await asyncio.wait([self._intake], timeout=STOP_TAKING_SECONDS)
            if self._intake.done():
                break
        self._intake = None

    async def _wait_for_answers(self, seconds: float) -> None:
        if self._running:
            await asyncio.wait(self._running.values(), timeout=seconds)

    def _start(self, generation_id: int) -> "asyncio.Task[None] | None":
        if self._is_stopping or generation_id in self._running:
            return self._running.get(generation_id)
        task = self._task(self._run(generation_id), f"generation {generation_id}")
        self._running[generation_id] = task
        task.add_done_callback(lambda _: self._running.pop(generation_id, None))
        return task

    async def _run(self, generation_id: int) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            await self._engine.run(generation_id, task)
        except Exception:
            log.exception("Generation %s ended badly; its lease will run out and a reaper will end it", generation_id)
        else:
            self._name_after(generation_id)

    def _name_after(self, generation_id: int) -> None:
        """Have a title looked for, which nothing waits for."""
        if settings.CHAT_TITLE_MODEL and not self._is_stopping:
            task = self._task(self._titles.find(generation_id), f"title after generation {generation_id}")
            self._naming.add(task)
            task.add_done_callback(self._naming.discard)

    def _stop(self, generation_id: int, message_id: UUID) -> None:
        task = self._running.get(generation_id)
        if task:
            self._writer.halt(task, Halt.STOP)
        self.broker.publish(Wake(message_id))  # it may have ended without its writer, which then tells nobody

    def _begin_stopping(self) -> None:
        self._is_stopping = True
        self.broker.close()
        for task in self._naming:
            task.cancel()

    # Services: as long-lived as the runner, started again if they die

    def _serve(self, name: str, service: Callable[[], Awaitable[None]]) -> None:
        self._services.add(self._task(self._supervise(name, service), name))

    async def _supervise(self, name: str, service: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                return await service()
            except Exception:
                log.exception("The %s died; it is started again", name)
                await asyncio.sleep(RESTART_SECONDS)

    async def _reap(self) -> None:
        while True:
            await self._reap_once()
            await asyncio.sleep(REAP_SECONDS)

    async def _reap_once(self, *, everyone: bool = False) -> None:
        abandoned = Generation.objects.abandoned(everyone=everyone).values_list("pk", flat=True)
        try:
            left = await self._thread.run(lambda: list(abandoned))
        except DatabaseError as error:
            log.warning("Could not look for abandoned answers: %s", error)
            return
        for generation_id in left:
            if generation_id not in self._running:  # its own writer, held up for a while, still ends that one
                await self._take_over(generation_id, everyone=everyone)

    async def _take_over(self, generation_id: int, *, everyone: bool) -> None:
        """Put one abandoned generation right. One that can't be holds up no other, and is tried again."""
        try:
            taken = await self._thread.run(partial(self._recover, generation_id, everyone=everyone))
        except Exception as error:
            log.error("Generation %s was abandoned and can't be taken over: %r", generation_id, error)
            return
        if taken and not taken.is_queued_again:
            self.broker.publish(Wake(taken.message_id))

    def _recover(self, generation_id: int, *, everyone: bool) -> TakenOver | None:
        taken = Generation.objects.take_over(generation_id, everyone=everyone)
        if taken and taken.is_queued_again:
            self.start(generation_id)
        return taken

    async def _watch_model(self) -> None:
        """Load the model, or learn its name, and look after its health for whoever asks."""
        while True:
            try:
                async with asyncio.timeout(HEALTH_SECONDS):
                    await upstream.catalog().warm_up()
                    self.model_health = await upstream.catalog().health()
            except TimeoutError:
                self.model_health = "The model's server does not answer."
            except ModelError as error:
                self.model_health = error.sentence
            if self.model_health != "ok":
                log.warning("The model can't answer: %s", self.model_health)
            await asyncio.sleep(HEALTH_SECONDS)

    def _task(self, coroutine: Coroutine[Any, Any, None], name: str) -> "asyncio.Task[None]":
        assert self._loop is not None
        # A clean context: a task that inherits a request's holds that request's thread and connection.
        return self._loop.create_task(coroutine, name=name, context=contextvars.Context())


runner = Runner()
