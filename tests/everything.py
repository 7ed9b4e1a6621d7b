"""Every test this machine can run: all of them on SQLite, those that use the database once more on PostgreSQL.

With CI=true a missing service is a failure; elsewhere it is said at the end what was left out, and why.
"""

import os
import shutil
import subprocess
import sys

from tests import postgres
from tests.unit.rendering import specifications

BROWSER_TESTS = "tests/browser"
DATABASE_TESTS = ["tests/contract", "tests/views", "tests/faults"]
DATABASE_BROWSER_TESTS = [f"{BROWSER_TESTS}/test_{name}.py" for name in ("chat", "parts", "tabs")]


def main() -> int:
    missing = [name for name, found in services().items() if not found]
    if missing and os.environ.get("CI") == "true":
        print(f"Not installed: {', '.join(missing)}. In CI that is a failure.", file=sys.stderr)
        return 1
    left_out = []
    arguments, database_tests = sys.argv[1:], [*DATABASE_TESTS, *DATABASE_BROWSER_TESTS]
    if "Chromium" in missing:
        left_out.append(f"{BROWSER_TESTS}: Chromium is not installed")
        arguments.append(f"--ignore={BROWSER_TESTS}")
        database_tests = DATABASE_TESTS  # what is named is not ignored
    if "Redis" in missing:
        left_out.append("what needs Redis: it is not installed")
    if not specifications.found():
        left_out.append("the examples of Markdown's specifications: they are not installed as Debian 12 has them")
    print("On SQLite", flush=True)
    code = pytest(arguments)
    if "PostgreSQL" in missing:
        left_out.append(f"{' '.join(database_tests)} on PostgreSQL: it is not installed")
    else:
        with postgres.cluster() as url:
            print("On PostgreSQL", flush=True)
            code = pytest([*arguments, "--reuse-db", *database_tests], DATABASE_URL=url) or code  # the cluster goes
    for line in left_out:
        print(f"Left out: {line}")
    return code


def services() -> dict[str, bool]:
    return {
        "Chromium": shutil.which("chromium") is not None,
        "PostgreSQL": postgres.programs() is not None,
        "Redis": shutil.which("redis-server") is not None,
        "Markdown's specifications": specifications.installed(),
    }


def pytest(arguments: list[str], **environment: str) -> int:
    """Run it, untouched by whatever model this shell is set up for; return its exit code."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    return subprocess.call([sys.executable, "-m", "pytest", *arguments], env={**ours, **environment})


if __name__ == "__main__":
    sys.exit(main())
