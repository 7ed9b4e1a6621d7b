"""For whoever watches the server."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from chat.streaming.runner import runner


@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 once the database answers and is migrated. The rest is reported, but doesn't make it fail."""
    database = _database()
    report: dict[str, object] = {
        "database": database,
        "broker": runner.broker.status,
        "model": runner.model_health,
    }
    if database == "ok" and (workers := runner.workers()) is not None:
        report["workers"] = workers
    return JsonResponse(report, status=200 if database == "ok" else 503)


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "unreachable"
    return "not migrated" if waiting else "ok"
