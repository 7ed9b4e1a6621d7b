"""What people send, before it becomes a message."""

import uuid

import pytest
from pytest_django import Settings

from chat.forms import MessageForm
from chat.models.conversation import TITLE_LENGTH, title_from


def form(text: str, key: str = "") -> MessageForm:
    return MessageForm({"text": text, "key": key or str(uuid.uuid4())})


def test_line_ends_are_made_alike_and_indentation_is_kept() -> None:
    sent = form("    code\r\n  more\r\n\r\n")
    assert sent.is_valid()
    assert sent.cleaned_data["text"] == "    code\n  more"


@pytest.mark.parametrize("text", ["", " ", "\r\n \t"])
def test_nothing_is_no_message(text: str) -> None:
    assert form(text).sentence == "Write a message first."


def test_a_message_at_the_limit_is_taken_and_one_beyond_it_refused(settings: Settings) -> None:
    settings.CHAT_MAX_MESSAGE_CHARACTERS = 10
    assert form("x" * 10).is_valid()
    assert form("x" * 11).sentence.startswith("This message has 11 characters; at most 10 fit.")


def test_a_nul_is_refused() -> None:
    assert not form("a\0b").is_valid()


@pytest.mark.parametrize("key", ["nonsense", "0"])
def test_a_form_without_a_proper_key_is_refused(key: str) -> None:
    assert not form("Hello", key).is_valid()


def test_every_form_has_a_key_of_its_own() -> None:
    assert str(MessageForm()["key"]) != str(MessageForm()["key"])


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Hello", "Hello"),
        ("  Two\n\nlines ", "Two lines"),
        ("word " * 30, "word word word word word word word word word word word…"),
        ("x" * 200, "x" * (TITLE_LENGTH - 1) + "…"),
    ],
)
def test_a_title_is_made_of_the_first_words(text: str, title: str) -> None:
    assert title_from(text) == title
    assert len(title) <= TITLE_LENGTH
