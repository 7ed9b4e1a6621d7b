"""Many readers, and one that never reads: neither costs the others a thread, a connection or their answer."""

import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil

from tests.faults.conftest import new_server
from tests.server import Server
from tests.upstream import Endless, Finish, Gate, Say, Upstream
from tests.visitor import Visitor

PATIENCE = 20.0  # seconds
ANSWER_BYTES = 7_000_000  # more than the kernel buffers for a connection (4 MiB, tcp_wmem)


def threads(server: Server) -> int:
    count: int = psutil.Process(server.pid).num_threads()
    return count


def is_connected(server: Server, port: int) -> bool:
    """Whether the server still holds a connection to the client's `port`."""
    connections = psutil.Process(server.pid).net_connections(kind="tcp")
    return any(connection.raddr and connection.raddr.port == port for connection in connections)


def test_open_streams_share_a_few_threads(server: Server, visitor: Visitor, model: Upstream) -> None:
    gate = Gate()
    model.script(Say("so far"), gate, Finish())
    answer = visitor.ask()
    with ExitStack() as opened:
        streams = [opened.enter_context(visitor.follow(answer))]
        streams[0].until("so far")
        alone = threads(server)
        for _ in range(60):
            streams.append(opened.enter_context(visitor.follow(answer)))
            streams[-1].until("so far")
        assert threads(server) <= alone + 8  # four are shared by streams; other requests come and go
        gate.release()
        assert [list(stream)[-1].name for stream in streams] == ["done"] * 61


def test_a_reader_that_never_reads_is_let_go_and_harms_nobody(tmp_path: Path, model: Upstream) -> None:
    limits = {"CHAT_SEND_SECONDS": "3", "CHAT_MAX_ANSWER_BYTES": str(ANSWER_BYTES)}
    with new_server(tmp_path, model, **limits) as server:
        visitor = Visitor(server.url)
        model.script(Endless(("word " * 200 + "\n\n") * 50))
        answer = visitor.ask()
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            deaf.connect(("127.0.0.1", server.port))
            port = deaf.getsockname()[1]
            deaf.sendall(visitor.request_bytes(f"/messages/{answer}/stream/"))
            with visitor.follow(answer) as stream:
                assert list(stream)[-1].name == "done"  # at its length limit
            give_up = time.monotonic() + PATIENCE
            while is_connected(server, port):
                assert time.monotonic() < give_up, "the server still holds the deaf reader's connection"
                time.sleep(0.05)
            assert b"event: done" not in received(deaf)
        assert "Traceback" not in server.log.read_text()


def received(deaf: socket.socket) -> bytes:
    """Read what is left in the socket's own buffer."""
    deaf.settimeout(5)
    pieces = []
    with suppress(ConnectionResetError):
        while piece := deaf.recv(65_536):
            pieces.append(piece)
    return b"".join(pieces)
