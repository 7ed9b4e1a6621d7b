"""Every test this machine can run: all of them on SQLite, those that use the database once more on PostgreSQL.

They are run in lots, as many at a time as there are cores, each in a process of its own with a folder of its own;
what a lot said is printed when it has ended. With CI=true a missing service is a failure; elsewhere it is said at the
end what was left out, and why.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass

from tests import postgres
from tests.unit.rendering import specifications

BROWSER_TESTS = "tests/browser"
BROWSER_AND_DATABASE_TESTS = [f"{BROWSER_TESTS}/test_{name}.py" for name in ("chat", "parts", "tabs")]


@dataclass(frozen=True)
class Lot:
    name: str
    arguments: Sequence[str]
    is_on_postgres: bool = False

    def run(self, more: Sequence[str]) -> tuple[int, str]:
        """Run pytest, untouched by whatever model this shell is set up for; return its exit code and what it said."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
        arguments = [*self.arguments, *more]
        with ExitStack() as stack:
            environment["CHAT_VAR_DIR"] = stack.enter_context(tempfile.TemporaryDirectory(prefix="chatstream-"))
            if self.is_on_postgres:
                environment["DATABASE_URL"] = stack.enter_context(postgres.cluster())
                arguments.append("--reuse-db")  # the cluster goes with all that is in it
            command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
            done = subprocess.run(
                command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
            )
        return done.returncode, done.stdout


def main() -> int:
    missing = [name for name, found in services().items() if not found]
    if missing and os.environ.get("CI") == "true":
        print(f"Not installed: {', '.join(missing)}. In CI that is a failure.", file=sys.stderr)
        return 1
    code = run_all(list(lots(missing)), sys.argv[1:])
    for line in left_out(missing):
        print(f"Left out: {line}")
    return code


def services() -> dict[str, bool]:
    return {
        "Chromium": shutil.which("chromium") is not None,
        "PostgreSQL": postgres.programs() is not None,
        "Redis": shutil.which("redis-server") is not None,
        "Markdown's specifications": specifications.installed(),
    }


def lots(missing: Sequence[str]) -> Iterator[Lot]:
    """Yield them, the longest first, so that no core waits long for the last."""
    has_browser, has_postgres = "Chromium" not in missing, "PostgreSQL" not in missing
    yield Lot("SQLite", ["tests", f"--ignore={BROWSER_TESTS}"])
    if has_browser:
        yield Lot("SQLite, in the browser", [BROWSER_TESTS])
    if has_postgres:
        browser_tests = BROWSER_AND_DATABASE_TESTS if has_browser else []
        yield Lot("PostgreSQL, faults", ["tests/faults", *browser_tests], is_on_postgres=True)
        yield Lot("PostgreSQL", ["tests/contract", "tests/views"], is_on_postgres=True)


def run_all(all_lots: Sequence[Lot], arguments: Sequence[str]) -> int:
    """Run them, say of each how it went, and return an exit code that is not 0 where one of theirs isn't."""
    codes = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        running = {pool.submit(lot.run, arguments): lot for lot in all_lots}
        print(f"Running {len(all_lots)} lots of tests; each is told of when it has ended.", flush=True)
        for future in as_completed(running):
            code, said = future.result()
            codes.append(code)
            print(f"On {running[future].name}\n{said}", flush=True)
    return max(codes)


def left_out(missing: Sequence[str]) -> Iterator[str]:
    if "Chromium" in missing:
        yield f"{BROWSER_TESTS}: Chromium is not installed"
    if "PostgreSQL" in missing:
        yield "what uses the database, on PostgreSQL: it is not installed"
    if "Redis" in missing:
        yield "what needs Redis: it is not installed"
    if not specifications.found():
        yield "the examples of Markdown's specifications: they are not installed as Debian 12 has them"


if __name__ == "__main__":
    sys.exit(main())
