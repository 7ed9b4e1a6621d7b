"""What the README says is so, as far as a test can tell; the commands it names are what CI runs."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def test_it_is_short() -> None:
    assert 200 < len(re.sub(r"<[^>]+>", "", README).split()) < 500


def test_the_commands_it_names_exist() -> None:
    named = set(re.findall(r"^    (?:[A-Z_]+=\S+ )*make ([a-z]+)", README, flags=re.MULTILINE))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert len(named) > 6
    assert named <= targets


def test_its_pictures_are_there_and_light_enough_to_load() -> None:
    named = set(re.findall(r"docs/[\w-]+\.(?:png|gif)", README))
    size = {name: (ROOT / name).stat().st_size for name in named}
    assert named == {"docs/chat-light.png", "docs/chat-dark.png", "docs/chat.gif"}
    assert size["docs/chat-light.png"] + size["docs/chat-dark.png"] < 500_000
    assert size["docs/chat.gif"] < 1_000_000


def test_the_files_it_links_to_exist() -> None:
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", README)
    assert len(links) > 2
    assert [link for link in links if not (ROOT / link).exists()] == []
