"""The queue between web processes and workers: Procrastinate, in the site's own PostgreSQL.

A job names a generation and is no more than a hint to start it. A lost one is made again by a reaper once the
generation's lease is over; one that comes twice or too late finds nothing to claim. So jobs are never retried,
finished ones are deleted, and letting go of a job ends no answer.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from django.db import connection
from procrastinate import App, PsycopgConnector
from procrastinate.contrib.django import connector_params
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import DeleteJobCondition, Status
from psycopg_pool import AsyncConnectionPool

QUEUE = "generations"
TASK = "generate"
CONNECTIONS = 2  # of a worker for its jobs, whatever its concurrency; one more listens
CONNECT_SECONDS = 10.0
SILENT_SECONDS = 30  # without a sign of a worker, which gives one every ten: it is dead

log = logging.getLogger(__name__)

_site = App(connector=DjangoConnector())  # speaks through Django's connection of the thread it is used in


def enqueue(generation_id: int) -> None:
    """Put a queued generation before the workers, once: while its job waits, another is not made."""
    job = _site.configure_task(TASK, queue=QUEUE, queueing_lock=f"generation {generation_id}")
    try:
        with suppress(AlreadyEnqueued):
            job.defer(generation_id=generation_id)
    except ConnectorException:
        log.exception("Generation %s was not put before the workers; a reaper will do it", generation_id)


def workers() -> int:
    """Return how many workers are alive."""
    alive = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - %s * interval '1 second'"
    with connection.cursor() as cursor:
        cursor.execute(alive, [SILENT_SECONDS])
        return int(cursor.fetchone()[0])


async def take(start: Callable[[int], "asyncio.Task[None] | None"], *, concurrency: int) -> None:
    """Take jobs and start their generations, `concurrency` at a time, until cancelled. Raises when the queue fails.

    `start` returns the task to wait for, which goes on when this ends.
    """
    app = App(connector=PsycopgConnector())

    @app.task(name=TASK, queue=QUEUE)
    async def generate(generation_id: int) -> None:
        if task := start(generation_id):
            await asyncio.wait([task])

    async with connections() as pool, app.open_async(pool):
        await forget_lost_jobs(app)
        await app.run_worker_async(
            queues=[QUEUE],
            concurrency=concurrency,
            delete_jobs=DeleteJobCondition.ALWAYS.value,
            install_signal_handlers=False,
            shutdown_graceful_timeout=0,  # the runner, not the queue, gives answers their time
        )
    raise RuntimeError("Procrastinate's worker gave up")


def connections() -> AsyncConnectionPool:
    """Return a pool, not yet open. One of the connector's own is never closed when it is cancelled while it opens."""
    return AsyncConnectionPool(
        kwargs=connector_params(),
        min_size=1,
        max_size=CONNECTIONS,
        timeout=CONNECT_SECONDS,
        check=AsyncConnectionPool.check_connection,
        open=False,
    )


async def forget_lost_jobs(app: App) -> None:
    """Delete the jobs of workers that died: what they were about has been taken over, or will be."""
    for job in await app.job_manager.get_stalled_jobs(queue=QUEUE):
        await app.job_manager.finish_job(job, status=Status.ABORTED, delete_job=True)
