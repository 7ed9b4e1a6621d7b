"""The rules of the house: which part may know which, and the one door of each capability."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [*sorted((ROOT / "chat").rglob("*.py")), *sorted((ROOT / "chatsite").rglob("*.py"))]

ABOVE = ["chat.models", "chat.streaming", "chat.broker", "chat.views", "chat.forms", "chat.errors", "chat.admin"]
FORBIDDEN = {
    "chat/llm": ["django", "asgiref", "chat.rendering", *ABOVE],
    "chat/rendering": ["django", "asgiref", "chat.llm", *ABOVE],
    "chat/broker": ["django", "asgiref", "chat.models", "chat.llm", "chat.streaming", "chat.rendering", "chat.views"],
    "chat/models": ["chat.streaming", "chat.broker", "chat.llm", "chat.rendering", "chat.views"],
    "chat/streaming": ["chat.views", "chat.forms", "django.template", "django.http.request", "django.shortcuts"],
    "chat/exchange": ["chat.views", "chat.forms", "django.http", "django.shortcuts"],
    "chat/learning": ["chat.views", "chat.forms", "chat.admin", "django.http", "django.shortcuts"],
    "chat/views": ["chat.llm"],
}
ONE_DOOR = {
    r"\bos\.environ\b|\bgetenv\b|\benviron\.Env\b": {"chatsite/settings.py", "chatsite/asgi.py"},
    r"^(?:import|from) openai\b": {"chat/llm/endpoint.py"},
    r"^\s*(?:import|from) redis\b": {"chat/broker/redis.py", "chatsite/cache.py"},
    r"^(?:import|from) procrastinate\b": {"chat/streaming/jobs.py"},
    r"\bmark_safe\b|\bSafeString\(": {"chat/templatetags/chat.py"},
    r"\bcreate_task\(|\bensure_future\(": {"chat/streaming/runner.py"},
    r"content_type=\"text/event-stream\"": {"chat/streaming/sse.py"},
}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def test_there_is_something_to_check() -> None:
    assert len(SOURCES) > 40
    assert all((ROOT / folder).is_dir() for folder in FORBIDDEN)


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_no_part_imports_what_is_above_it(folder: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / folder).rglob("*.py")
        for name in imported(path)
        if any(is_within(name, package) for package in FORBIDDEN[folder])
    ]
    assert not wrong


def test_only_urls_and_views_know_the_views() -> None:
    allowed = {ROOT / "chat/urls.py", *(ROOT / "chat/views").rglob("*.py")}
    wrong = [
        path for path in SOURCES if path not in allowed and any(is_within(n, "chat.views") for n in imported(path))
    ]
    assert not wrong


def test_no_code_knows_the_tests() -> None:
    assert not [path for path in SOURCES if any(is_within(name, "tests") for name in imported(path))]


@pytest.mark.parametrize("pattern", ONE_DOOR)
def test_each_capability_has_one_door(pattern: str) -> None:
    found = {
        str(path.relative_to(ROOT)) for path in SOURCES if re.search(pattern, path.read_text(), flags=re.MULTILINE)
    }
    assert found == ONE_DOOR[pattern]


def test_templates_trust_nothing_and_hold_no_inline_code() -> None:
    templates = sorted((ROOT / "templates").rglob("*.html"))
    assert len(templates) > 8
    forbidden = re.compile(r"\|safe\b|autoescape off|\son\w+=|\sstyle=|javascript:|<script>|hx-on")
    assert not [path for path in templates if forbidden.search(path.read_text())]
