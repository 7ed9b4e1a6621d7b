"""The settings: what the documentation says of them is so, and what is secret stays secret."""

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from chatsite.secret import kept_secret_key

ROOT = Path(__file__).resolve().parents[2]
QUEUED = {"CHAT_RUNNER": "procrastinate", "DATABASE_URL": "postgres://u@127.0.0.1/d"}


def test_the_table_of_settings_has_a_line_for_each_and_no_other() -> None:
    source = (ROOT / "chatsite" / "settings.py").read_text()
    read = set(re.findall(r"^    ([A-Z_]+)=\(", source, flags=re.MULTILINE))
    table = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs" / "configuration.md").read_text(), flags=re.MULTILINE))
    assert len(read) > 20
    assert table == read


def test_the_readme_names_only_settings_that_exist() -> None:
    table = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "configuration.md").read_text()))
    named = set(re.findall(r"\b((?:CHAT|OPENAI|DATABASE)_[A-Z_]+)\b", (ROOT / "README.md").read_text()))
    assert named
    assert named <= table


def test_a_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"
    key = kept_secret_key(path)
    assert len(key) >= 50
    assert kept_secret_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret-key"]


def settings_with(tmp_path: Path, expression: str, **environment: str) -> subprocess.CompletedProcess[str]:
    code = f"from chatsite import settings; print(settings.{expression})"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"CHAT_VAR_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "expression", "value"),
    [
        ({}, "DEBUG", "False"),
        ({"DEBUG": "1"}, "DEBUG", "True"),
        ({}, "CHAT_EMBEDDED", "True"),
        ({}, "CHAT_GUESTS", "True"),
        ({"OPENAI_API_KEY": "k"}, "CHAT_EMBEDDED", "False"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}, "CHAT_GUESTS", "False"),
        ({"OPENAI_API_KEY": "k", "CHAT_GUESTS": "on"}, "CHAT_GUESTS", "True"),
        ({"CHAT_GUESTS": "off"}, "CHAT_GUESTS", "False"),
        ({"CHAT_MODELS": "a,b"}, "CHAT_MODELS", "['a', 'b']"),
        ({}, "CHAT_CONTINUE", "prefill"),
        ({"OPENAI_API_KEY": "k"}, "CHAT_CONTINUE", "ask"),
        ({"CHAT_TITLE_MODEL": "small"}, "CHAT_TITLE_MODEL", ""),
        ({"CHAT_TITLE_MODEL": "small", "OPENAI_API_KEY": "k"}, "CHAT_TITLE_MODEL", "small"),
        ({}, "CHAT_RUNNER", "local"),
        ({}, "INSTALLED_APPS[-1]", "django_htmx"),
        (QUEUED, "INSTALLED_APPS[-1]", "procrastinate.contrib.django"),
        ({}, "DATABASES['default']['OPTIONS']['transaction_mode']", "IMMEDIATE"),
        ({"DATABASE_URL": "postgres://u@127.0.0.1/d"}, "DATABASES['default']['CONN_MAX_AGE']", "0"),
        ({}, "CACHES['default']['BACKEND']", "django.core.cache.backends.locmem.LocMemCache"),
        ({"REDIS_URL": "redis://r"}, "CACHES['default']['BACKEND']", "chatsite.cache.ForgivingRedisCache"),
        (
            {"REDIS_URL": "redis://r"},
            "CACHES['rendering']['BACKEND']",
            "django.core.cache.backends.locmem.LocMemCache",
        ),
        ({"CHAT_TRUSTED_PROXIES": "2"}, "ALLAUTH_TRUSTED_PROXY_COUNT", "2"),
        ({"CHAT_GUESTS_PER_HOUR": "0"}, "ACCOUNT_RATE_LIMITS['new_guest']", "None"),
        ({"CHAT_GUEST_MESSAGES_PER_MINUTE": "7"}, "ACCOUNT_RATE_LIMITS['guest_message']", "7/m/ip"),
        ({}, "SOCIALACCOUNT_PROVIDERS['openid_connect']['APPS']", "[]"),
        (
            {"OIDC_ISSUER": "https://i.example/", "OIDC_CLIENT_ID": "chat", "OIDC_ONLY": "on"},
            "SOCIALACCOUNT_PROVIDERS['openid_connect']['APPS'][0]['settings']",
            "{'server_url': 'https://i.example'}",
        ),
        ({}, "SOCIALACCOUNT_EMAIL_AUTHENTICATION", "False"),
    ],
)
def test_the_environment_decides(tmp_path: Path, environment: dict[str, str], expression: str, value: str) -> None:
    assert settings_with(tmp_path, expression, **environment).stdout.strip() == value


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({"DATABASE_URL": "mysql://u@127.0.0.1/d"}, "SQLite and PostgreSQL"),
        ({"DATABASE_URL": "nonsense"}, "SQLite and PostgreSQL"),
        ({"REDIS_URL": "127.0.0.1:6379"}, "REDIS_URL: say redis://"),
        ({"CHAT_CONTINUE": "perhaps"}, "CHAT_CONTINUE"),
        ({"CHAT_RUNNER": "celery"}, "CHAT_RUNNER: say 'local' or 'procrastinate'."),
        ({"CHAT_RUNNER": "procrastinate"}, "keeps its queue in PostgreSQL"),
        ({"CHAT_WORKER_CONCURRENCY": "0"}, "at least one answer at a time"),
        ({"CHAT_PRICES": "small=cheap"}, "CHAT_PRICES: 'small=cheap' is not a price"),
        ({"CHAT_READ_LOG_DAYS": "-1"}, "CHAT_READ_LOG_DAYS: say how many days"),
        ({"CHAT_READ_LOG_DAYS": "1000000"}, "CHAT_READ_LOG_DAYS: say at most 36500 days"),
        ({"CHAT_CONTEXT_TOKENS": "5"}, "at least 256 tokens"),
        ({"OIDC_ISSUER": "https://i.example"}, "set both, or neither"),
        ({"OIDC_ISSUER": "i.example", "OIDC_CLIENT_ID": "chat"}, "OIDC_ISSUER: say where it is"),
        ({"OIDC_ONLY": "on"}, "nobody could sign in without OIDC_ISSUER"),
        ({"CHAT_LOCAL_MODEL": "/nowhere.gguf"}, "there is no file /nowhere.gguf"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(tmp_path: Path, environment: dict[str, str], complaint: str) -> None:
    finished = settings_with(tmp_path, "DEBUG", **environment)
    assert finished.returncode != 0
    assert complaint in finished.stderr


def test_hosts_of_images_are_in_the_pages_policy(tmp_path: Path) -> None:
    read = 'CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"]'
    printed = settings_with(tmp_path, read, CHAT_IMAGE_HOSTS="Pictures.example,b.example:8443").stdout
    assert printed == """["'self'", 'https://b.example:8443', 'https://pictures.example']\n"""
    assert (
        "'https://x/' is not the name of a host" in settings_with(tmp_path, read, CHAT_IMAGE_HOSTS="https://x/").stderr
    )
