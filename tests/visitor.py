"""A visitor over real HTTP: keeps cookies, sends messages, and reads streams as a browser's EventSource would."""

import http.client
import http.cookies
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from types import TracebackType
from typing import Self
from urllib.parse import urlencode, urlsplit

PATIENCE = 20.0  # seconds without a byte before a read fails


@dataclass(frozen=True)
class Page:
    """An answer as a page holds it: its markup, and from where its stream will go on ("": it opens none)."""

    html: str
    after: str


@dataclass(frozen=True)
class Event:
    name: str
    data: str
    id: str = ""


class Stream:
    """An open response; iterate over its events."""

    def __init__(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> None:
        self._connection = connection
        self.response = response
        self.comments = 0

    @property
    def status(self) -> int:
        return self.response.status

    def __iter__(self) -> Iterator[Event]:
        fields: dict[str, list[str]] = {}
        for line in iter(self.response.readline, b""):
            text = line.decode().removesuffix("\n")
            if text.startswith(":"):
                self.comments += 1
            elif text:
                name, _, value = text.partition(":")
                fields.setdefault(name, []).append(value.removeprefix(" "))
            elif "data" in fields:
                yield Event(fields["event"][0], "\n".join(fields["data"]), fields.get("id", [""])[0])
                fields = {}
            else:
                fields = {}

    def until(self, wanted: str) -> list[Event]:
        """Read events up to the one whose data contains `wanted`."""
        events = []
        for event in self:
            events.append(event)
            if wanted in event.data:
                return events
        raise AssertionError(f"the stream ended without {wanted!r}: {events}")

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: TracebackType | None) -> None:
        self.close()


class Visitor:
    def __init__(self, url: str) -> None:
        self._address = urlsplit(url)
        self._cookies: dict[str, str] = {}
        self.morsels: dict[str, http.cookies.Morsel[str]] = {}
        self.page = ""  # the conversation they look at

    def at(self, url: str) -> "Visitor":
        """Return the same person at another process."""
        twin = Visitor(url)
        twin._cookies = self._cookies
        twin.page = self.page
        return twin

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
        with self.open(path, headers) as stream:
            return stream.status, stream.response.read().decode()

    def open(self, path: str, headers: dict[str, str] | None = None, method: str = "GET", body: str = "") -> Stream:
        connection = http.client.HTTPConnection(self._address.hostname or "", self._address.port, timeout=PATIENCE)
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        connection.request(method, path, body or None, {"Cookie": cookies, **form, **(headers or {})})
        response = connection.getresponse()
        self._keep(response)
        return Stream(connection, response)

    def _keep(self, response: http.client.HTTPResponse) -> None:
        for header in response.headers.get_all("Set-Cookie", []):
            for name, morsel in http.cookies.SimpleCookie(header).items():
                self._cookies[name] = morsel.value
                self.morsels[name] = morsel

    def post(self, path: str, **form: str) -> tuple[int, http.client.HTTPMessage, str]:
        body = urlencode({"csrfmiddlewaretoken": self._cookies["csrftoken"], **form})
        with self.open(path, method="POST", body=body) as stream:
            return stream.status, stream.response.headers, stream.response.read().decode()

    def request_bytes(self, path: str) -> bytes:
        """Return a GET as it goes over the wire, for a socket of the test's own."""
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return f"GET {path} HTTP/1.1\r\nHost: {self._address.netloc}\r\nCookie: {cookies}\r\n\r\n".encode()

    # In the domain's words

    def ask(self, text: str = "Why is the sky blue?", page: str = "") -> str:
        """Send a message, in a new conversation unless `page` names one; return the answer's id."""
        if not self._cookies:
            self.get("/chat/")
        path = f"{page}messages/" if page else "/chat/"
        status, headers, html = self.post(path, text=text, key=str(uuid.uuid4()))
        assert status == 303, html
        self.page = headers["Location"]
        return self.answers()[-1]

    def answers(self) -> list[str]:
        """Return the ids of the answers on the current page."""
        return self._messages("assistant")

    def questions(self) -> list[str]:
        return self._messages("user")

    def _messages(self, role: str) -> list[str]:
        _, html = self.get(self.page)
        return re.findall(rf'id="message-([0-9a-f-]{{36}})" class="message" data-role="{role}"', html)

    def state(self, message_id: str) -> str:
        _, html = self.get(self.page)
        found = re.search(rf'id="message-{message_id}"[^>]*data-state="(\w+)"', html)
        assert found
        return found[1]

    def text(self, message_id: str) -> str:
        return self.get(f"/messages/{message_id}/source/")[1]

    def html(self, message_id: str) -> str:
        """Return the answer's text as the page holds it."""
        return self.load(message_id).html

    def load(self, message_id: str) -> Page:
        _, page = self.get(self.page)
        found = re.search(rf'<div id="text-{message_id}"[^>]*>(.*?)</div>\s*<footer', page, flags=re.DOTALL)
        assert found
        connect = re.search(rf'sse-connect="/messages/{message_id}/stream/\?after=([\d.]+)"', page)
        return Page(found[1], connect[1] if connect else "")

    def follow(self, message_id: str, after: str = "0.0", last_event_id: str = "") -> Stream:
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        return self.open(f"/messages/{message_id}/stream/?after={after}", headers)

    def wait_for_state(self, message_id: str, *states: str, seconds: float = PATIENCE) -> str:
        """Look again and again until the answer's state is one of `states`; return it."""
        give_up = time.monotonic() + seconds
        while (state := self.state(message_id)) not in states:
            assert time.monotonic() < give_up, f"still {state}"
            time.sleep(0.05)
        return state


def words(html: str) -> str:
    """Return the text of some markup."""
    return unescape(re.sub(r"""<(?:"[^"]*"|[^">])*>""", "", html))
