"""The site as a process of its own: `manage.py serve` on a free port, with a database of its own, ended by its id."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import psutil

ROOT = Path(__file__).resolve().parent.parent
MANAGE = ("manage.py",)
START_SECONDS = 60.0  # half a second, but for a machine that has much else to do
STOP_SECONDS = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    def __init__(self, folder: Path, *, program: Sequence[str] = MANAGE, **environment: str) -> None:
        """`folder` keeps the database and the log; `environment` is set over this process's own.

        `program` stands in for manage.py (tests/fated.py).
        """
        self.folder = folder
        self.program = program
        self.port = free_port()
        self.log = folder / f"server-{self.port}.log"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "CHAT_"))},
            "CHAT_VAR_DIR": str(folder),
            "CHAT_GUESTS_PER_HOUR": "0",  # tests are many guests, all at one address
            "CHAT_GUEST_MESSAGES_PER_MINUTE": "0",
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def manage(self, *arguments: str, **environment: str) -> str:
        """Run a management command with the server's settings and return what it printed."""
        finished = self._run(arguments, environment)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    def failure(self, *arguments: str) -> str:
        """Run a management command that is to fail and return what it complained of."""
        finished = self._run(arguments, {})
        assert finished.returncode != 0, finished.stdout
        return finished.stderr

    def _run(self, arguments: tuple[str, ...], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *self.program, *arguments],
            cwd=ROOT,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def start(self, *arguments: str) -> Self:
        """Start it and wait until it answers. `arguments` replace `serve`."""
        static = self.folder / "static"
        if not static.exists():
            static.symlink_to(ROOT / "var" / "static")
        self._launch(arguments or ("serve", "--port", str(self.port)))
        self.wait_until_alive()
        return self

    def _launch(self, command: tuple[str, ...]) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.program, *command], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def wait_until_alive(self) -> None:
        assert self.process is not None
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up:
            assert self.process.poll() is None, f"the server ended at once:\n{self.log.read_text()}"
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise AssertionError(f"the server did not start:\n{self.log.read_text()}")

    def wait_for_log(self, wanted: str, after: int = 0, seconds: float = START_SECONDS) -> None:
        """Wait until the log says `wanted`, past its first `after` characters."""
        give_up = time.monotonic() + seconds
        while wanted not in self.log.read_text()[after:]:
            assert time.monotonic() < give_up, self.log.read_text()
            time.sleep(0.05)

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def wait_until_frozen(self) -> None:
        """Wait until a SIGSTOP has stopped it."""
        give_up = time.monotonic() + START_SECONDS
        while psutil.Process(self.pid).status() != psutil.STATUS_STOPPED:
            assert time.monotonic() < give_up, f"it is still at work:\n{self.log.read_text()}"
            time.sleep(0.02)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """Wait for its end and return the exit code."""
        assert self.process is not None
        return self.process.wait(seconds)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.wait()

    def stop(self) -> None:
        """Ask it to end; kill it if it doesn't."""
        if not self.is_running:
            return
        self.signal(signal.SIGTERM)
        try:
            self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server ignored SIGTERM:\n{self.log.read_text()}") from None


class Worker(Server):
    """`manage.py work` beside a server: its settings and its database, a log of its own."""

    def __init__(self, server: Server, **environment: str) -> None:
        super().__init__(server.folder)
        self.environment = {**server.environment, **environment}
        self.log = server.folder / "worker.log"
        self.log.touch()

    def start(self, *arguments: str) -> Self:
        before = len(self.log.read_text())
        self._launch(("work", *arguments))
        self.wait_for_log("answers at a time", after=before)
        return self
