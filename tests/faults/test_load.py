"""Many streams, long answers, and a shutdown in the middle of it all."""

import asyncio
import signal
import statistics
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Self

import psutil
import pytest_asyncio

from tests.crowd import Crowd, Reader
from tests.faults.conftest import Measure, Site
from tests.server import Server
from tests.upstream import Endless, Finish, Gate, Hang, Say, Upstream
from tests.visitor import Visitor

MEGABYTE = 1_000_000
ANSWERS, IDLE, ACTIVE = 10, 500, 200
STREAMS = IDLE + ACTIVE
PATCH = b"event: patch"
ENVIRONMENT = {"CHAT_SILENCE_SECONDS": "600"}  # idle is idle, also on a machine that has much else to do


@pytest_asyncio.fixture
async def crowd() -> AsyncIterator[Crowd]:
    async with Crowd() as crowd:
        yield crowd


def ask_many(visitor: Visitor, count: int, about: str) -> list[str]:
    return [visitor.ask(f"{about} {number}") for number in range(count)]


@dataclass(frozen=True)
class Footprint:
    """What a server holds and has used."""

    threads: int
    files: int
    connections: int
    megabytes: float
    cpu: float  # seconds

    @classmethod
    def of(cls, server: Server, site: Site) -> Self:
        process = psutil.Process(server.pid)
        cpu = process.cpu_times()
        return cls(
            process.num_threads(),
            process.num_fds(),
            site.peek.connections(server.pid),
            process.memory_info().rss / 1e6,
            cpu.user + cpu.system,
        )


# A crowd


async def test_five_hundred_idle_and_two_hundred_active_streams_hold_no_more_than_they_did_at_first(
    site: Site, server: Server, visitor: Visitor, model: Upstream, crowd: Crowd, measure: Measure
) -> None:
    scripts = {"idle": (Say("so far"), Hang()), "busy": (Endless(every=0.2),)}
    model.default_for = lambda request: scripts[request.question[:4]]
    quiet, lively = ask_many(visitor, ANSWERS, "idle"), ask_many(visitor, ANSWERS, "busy")
    alone = Footprint.of(server, site)
    idle = [await crowd.open(visitor, server.port, quiet[number % ANSWERS]) for number in range(IDLE)]
    active = [await crowd.open(visitor, server.port, lively[number % ANSWERS]) for number in range(ACTIVE)]
    await asyncio.gather(*[reader.until(PATCH) for reader in idle + active])
    early, began = Footprint.of(server, site), time.monotonic()
    await asyncio.gather(*[reader.until_count(PATCH, 60) for reader in active])
    late, took = Footprint.of(server, site), time.monotonic() - began
    measure(
        f"threads, descriptors, database connections at {STREAMS} streams",
        f"{late.threads}, {late.files}, {late.connections}",
    )
    measure("memory a stream, kB", f"{(late.megabytes - alone.megabytes) / STREAMS * 1000:.0f}")
    measure(f"share of one core at {IDLE} idle and {ACTIVE} active streams", f"{(late.cpu - early.cpu) / took:.2f}")
    assert late.threads <= alone.threads + 8  # four are shared by streams; other requests come and go
    assert late.connections <= 16
    assert late.files <= early.files + 16
    assert late.files >= STREAMS
    assert late.megabytes <= early.megabytes + 10


# A long answer


async def test_a_megabyte_replayed_holds_up_no_other_stream(
    server: Server, visitor: Visitor, model: Upstream, crowd: Crowd, measure: Measure
) -> None:
    paragraph = "*The* `quick` **brown** fox, *jumps* `over` **the** lazy dog. " * 8 + "\n\n"
    model.script(Say(*[paragraph * 10] * (MEGABYTE // len(paragraph) // 10)), Finish())
    long = visitor.ask("at length")
    visitor.wait_for_state(long, "complete")
    model.script(Endless(every=0.02))
    other = await crowd.open(visitor, server.port, visitor.ask("briefly"))
    await other.until_count(PATCH, 60)
    alone = other.longest_gap
    gaps = [await gap_beside_a_replay(other, await crowd.open(visitor, server.port, long)) for _ in range(5)]
    assert all(len(replay.received) > MEGABYTE for replay in crowd.readers[1:])
    lag = statistics.median(gaps)
    measure(
        "longest silence of a stream, alone and beside a replay of 1 MB, ms", f"{alone * 1000:.0f}, {lag * 1000:.0f}"
    )
    assert lag < 4 * alone


async def gap_beside_a_replay(other: Reader, replay: Reader) -> float:
    """Return the longest silence of one stream while another replays a whole answer."""
    del other.arrivals[:-1]
    replaying = asyncio.gather(replay.to_end())
    while not replaying.done():
        await other.until_count(PATCH, 1)
    return other.longest_gap


async def test_a_long_block_of_code_that_ends_holds_up_no_other_stream(
    server: Server, visitor: Visitor, model: Upstream, crowd: Crowd, measure: Measure
) -> None:
    """Three backticks are little to feed, but the whole block is coloured by them."""
    model.script(Endless(every=0.02))
    other = await crowd.open(visitor, server.port, visitor.ask("briefly"))
    await other.until_count(PATCH, 60)
    alone, gaps = other.longest_gap, []
    for number in range(3):
        gate, about, line = Gate(), f"in code {number}", f"    value = compute(other, 'text') + {number}  # why\n"
        model.script(Say(f"```python\n{line * 1_200}last()\n"), gate, Say("```\n\nThe end."), Finish(), about=about)
        code = await crowd.open(visitor, server.port, visitor.ask(about))
        await code.until(b"last")
        await other.until_count(PATCH, 5)
        gaps.append(await gap_beside_the_end(other, code, gate))
    lag = statistics.median(gaps)
    measure(
        "longest silence of a stream, alone and beside the end of 55 kB of code, ms",
        f"{alone * 1000:.0f}, {lag * 1000:.0f}",
    )
    assert lag < 3 * alone


async def gap_beside_the_end(other: Reader, code: Reader, gate: Gate) -> float:
    """Return the longest silence of one stream while another ends its block of code."""
    del other.arrivals[:-1]
    ending = asyncio.gather(code.to_end())
    gate.release()
    while not ending.done():
        await other.until_count(PATCH, 1)
    return other.longest_gap


# A shutdown


async def test_sigterm_with_a_hundred_streams_and_twenty_running_answers_is_quick_and_clean(
    site: Site, server: Server, visitor: Visitor, model: Upstream, crowd: Crowd, measure: Measure
) -> None:
    model.default = (Say("so far"), Hang())
    asked = ask_many(visitor, 20, "sky")
    readers = [await crowd.open(visitor, server.port, answer) for answer in asked for _ in range(5)]
    await asyncio.gather(*[reader.until(PATCH) for reader in readers])
    began = time.monotonic()
    server.signal(signal.SIGTERM)
    await asyncio.gather(*[reader.to_end() for reader in readers])
    measure("seconds until 100 streams had ended after SIGTERM", f"{time.monotonic() - began:.2f}")
    assert all(reader.was_ended for reader in readers)
    await asyncio.to_thread(server.wait)
    took = time.monotonic() - began
    measure("exit time on SIGTERM with 20 running answers and a grace of 1 s, seconds", f"{took:.2f}")
    assert took < 1 + 4
    assert site.peek.states() == ["interrupted"] * 20
    server.start()
    assert {visitor.text(answer) for answer in asked} == {"so far"}
