"""Somebody is suspended while an answer is written for them: by another process, which has no hand on the answer."""

import time

import pytest

from tests.faults.conftest import begun
from tests.server import Server
from tests.upstream import Hang, Upstream
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("shared_server")

SUSPEND = (
    "from chat.models import User; boss = User.objects.create_superuser('boss');"
    " User.objects.get(guest_key__isnull=False).suspend('Spam.', boss)"
)
SOON = 10.0  # seconds


def test_it_stops_the_answer_and_its_streams_and_shuts_them_out(
    server: Server, visitor: Visitor, model: Upstream
) -> None:
    with begun(visitor, model, Hang()) as (answer, stream):
        chat = visitor.page
        server.manage("shell", "-c", SUSPEND)
        suspended = time.monotonic()
        assert list(stream)[-1].name == "done"
        assert time.monotonic() - suspended < SOON
    model.wait_until_idle()
    status, _ = visitor.get(chat)
    assert status == 302
    status, _ = visitor.get(f"/messages/{answer}/stream/")
    assert status == 404
