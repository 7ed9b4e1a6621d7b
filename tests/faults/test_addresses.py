"""Where somebody comes from is what the network says, or a proxy that the operator trusts; never what they say."""

import uuid

import pytest

from tests.server import Server
from tests.visitor import Visitor

ENVIRONMENT = {"CHAT_GUESTS": "on", "CHAT_GUESTS_PER_HOUR": "1"}

pytestmark = pytest.mark.usefixtures("shared_server")


def arrive(server: Server, address: str) -> int:
    """Come for the first time and ask something, from the address one says one has; return the status."""
    visitor = Visitor(server.url)
    visitor.get("/chat/")
    body = f"csrfmiddlewaretoken={visitor.morsels['csrftoken'].value}&text=Hello&key={uuid.uuid4()}"
    with visitor.open("/chat/", {"X-Forwarded-For": address}, method="POST", body=body) as answer:
        return answer.status


def test_what_a_visitor_says_of_their_address_counts_for_nothing(server: Server) -> None:
    assert [arrive(server, address) for address in ("192.0.2.1", "192.0.2.2", "nonsense")] == [303, 429, 429]
