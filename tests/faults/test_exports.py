"""All conversations on their way to readers who don't take them: nobody else waits for it."""

import io
import json
import random
import socket
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from tests.faults.conftest import new_server
from tests.server import Server
from tests.upstream import Upstream
from tests.visitor import Visitor

POOL = 5
READERS = 8  # more than there are connections to the database
BOUNDARY = "a-boundary"


def chats(count: int, length: int) -> str:
    """Conversations whose ZIP is more than a connection's buffers hold."""
    noise = random.Random(1)
    return json.dumps(
        [
            {
                "conversationId": f"c-{number}",
                "title": f"Chat {number}",
                "messages": [{"isCreatedByUser": True, "text": noise.randbytes(length // 2).hex()}],
            }
            for number in range(count)
        ]
    )


def bring(visitor: Visitor, content: str) -> None:
    visitor.get("/import/")
    parts = {'name="csrfmiddlewaretoken"': visitor.morsels["csrftoken"].value, 'name="file"; filename="f"': content}
    body = "".join(f"--{BOUNDARY}\r\nContent-Disposition: form-data; {k}\r\n\r\n{v}\r\n" for k, v in parts.items())
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    with visitor.open("/import/", headers, method="POST", body=f"{body}--{BOUNDARY}--\r\n") as stream:
        assert stream.status == 200, stream.response.read().decode()


@contextmanager
def stalled(visitor: Visitor, server: Server) -> Iterator[socket.socket]:
    """Ask for everything, see that it comes, and take no more."""
    with closing(socket.socket()) as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        reader.settimeout(20)
        reader.connect(("127.0.0.1", server.port))
        reader.sendall(visitor.request_bytes("/export/"))
        assert reader.recv(100).startswith(b"HTTP/1.1 200")
        yield reader


def test_readers_that_stall_hold_no_connection_to_the_database(tmp_path: Path, model: Upstream) -> None:
    with new_server(tmp_path, model, DATABASE_POOL_SIZE=str(POOL)) as server, ExitStack() as opened:
        visitor = Visitor(server.url)
        visitor.ask("Hello")
        bring(visitor, chats(4, 1_900_000))
        for _ in range(READERS):
            opened.enter_context(stalled(visitor, server))
        for _ in range(POOL):
            assert visitor.get("/chat/")[0] == 200
        with visitor.open("/export/") as stream:
            packed = stream.response.read()
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            assert archive.testzip() is None
            assert json.loads(archive.read("manifest.json"))["count"] == 5
