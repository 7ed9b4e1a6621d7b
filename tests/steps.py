"""What a person does and sees, in the domain's words."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from playwright.sync_api import Locator, Page, expect

PATIENCE = 10.0  # seconds


def eventually(condition: Callable[[], bool]) -> None:
    """Look again and again until `condition` holds; the page goes on in between."""
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up, "it did not come about"


class Chat:
    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def open(self, path: str = "/chat/") -> Self:
        self.page.goto(self.url + path)
        return self

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.url)

    def reload(self) -> Self:
        self.page.reload()
        return self

    # What is there

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message")

    @property
    def questions(self) -> Locator:
        return self.page.locator('article[data-role="user"]')

    @property
    def said(self) -> Locator:
        """What the questions say."""
        return self.questions.locator('[data-part="text"]')

    @property
    def answers(self) -> Locator:
        return self.page.locator('article[data-role="assistant"]')

    @property
    def answer(self) -> Locator:
        return self.answers.last

    @property
    def text(self) -> Locator:
        return self.answer.locator('[data-part="text"]')

    @property
    def thinking(self) -> Locator:
        """The fold for what the model thought."""
        return self.answer.locator(".thinking")

    @property
    def thoughts(self) -> Locator:
        return self.thinking.locator('[data-part="reasoning"]')

    @property
    def editor(self) -> Locator:
        return self.page.get_by_role("textbox", name="Edited text")

    @property
    def why(self) -> Locator:
        """The form that asks why an answer is good or bad."""
        return self.answer.locator(".reasons")

    @property
    def comment(self) -> Locator:
        return self.page.get_by_role("textbox", name="Comment")

    @property
    def thread(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def notice(self) -> Locator:
        return self.page.get_by_role("alert")

    @property
    def status(self) -> Locator:
        return self.page.get_by_role("status")

    @property
    def chats(self) -> Locator:
        return self.page.get_by_role("navigation", name="Chats").get_by_role("link")

    @property
    def search_box(self) -> Locator:
        return self.page.get_by_role("searchbox", name="Search chats")

    @property
    def results(self) -> Locator:
        return self.page.get_by_role("region", name="Search results").get_by_role("listitem")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name)

    def height_of(self, element: Locator) -> float:
        """Where the top of an element stands in the thread: 0 is its upper edge, 1 its lower."""
        box, thread = element.bounding_box(), self.thread.bounding_box()
        assert box and thread
        return (box["y"] - thread["y"]) / thread["height"]

    # What one does

    def send(self, text: str) -> None:
        self.box.fill(text)
        self.button("Send message").click()

    def ask(self, text: str) -> None:
        """Send one more question and wait until its answer has its place; the one before it may be complete."""
        there = self.answers.count()
        self.send(text)
        expect(self.answers).to_have_count(there + 1)

    def open_editor(self, question: Locator) -> None:
        question.hover()
        question.get_by_role("button", name="Edit message").click()

    def edit(self, question: Locator, text: str) -> None:
        self.open_editor(question)
        self.editor.fill(text)
        self.page.get_by_role("button", name="Send", exact=True).click()

    def choose(self, name: str) -> None:
        """Choose what to do with the chat from its menu."""
        self.page.locator("#heading .menu summary").click()
        self.page.locator("#heading .menu").get_by_text(name, exact=True).click()

    def fork_from(self, message: Locator) -> None:
        message.hover()
        message.get_by_label("About this message").click()
        message.get_by_role("button", name="Fork from here").click()

    def type_and_press_enter(self, text: str) -> None:
        self.box.press_sequentially(text)
        self.box.press("Enter")

    def bring(self, file: Path) -> None:
        """Import a file, on the page for that."""
        self.page.get_by_label("File").set_input_files(file)
        self.button("Import").click()

    def scroll_to_top(self) -> None:
        self.thread.hover()
        self.page.mouse.wheel(0, -100_000)
        eventually(lambda: self.thread.evaluate("thread => thread.scrollTop") == 0)

    # What one sees

    def sees_state(self, state: str) -> None:
        expect(self.answer).to_have_attribute("data-state", state)
        expect(self.answer).to_have_attribute("aria-busy", "false")

    def sees_growing(self, text: str) -> None:
        """The answer holds `text` and is still being written."""
        expect(self.text).to_contain_text(text)
        expect(self.answer).to_have_attribute("aria-busy", "true")

    def picture(self) -> str:
        """The thread's markup, but for what no eye or reader sees: blanks between elements, forms' tokens and keys."""
        html = self.page.locator("#thread").inner_html()
        html = re.sub(r'(name="(?:csrfmiddlewaretoken|key)" value=")[^"]*', r"\1", html)
        return re.sub(r">\s+<", "><", html).strip()


class Desk:
    """A conversation's page in the admin, where staff read it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def sign_in(self, name: str, password: str) -> Self:
        self.page.goto(f"{self.url}/accounts/login/?next=/admin/")
        self.page.locator('[name="login"]').fill(name)
        self.page.locator('[name="password"]').fill(password)
        self.page.locator('[name="password"]').press("Enter")
        self.page.wait_for_url("**/admin/")
        return self

    def read(self, chat: Chat) -> Self:
        """Open what a person has before them."""
        conversation = chat.page.url.rstrip("/").rsplit("/", 1)[-1]
        self.page.goto(f"{self.url}/admin/chat/conversation/{conversation}/change/")
        return self

    @property
    def answers(self) -> Locator:
        return self.page.locator('article[data-role="assistant"]')

    @property
    def answer(self) -> Locator:
        return self.answers.last

    @property
    def text(self) -> Locator:
        return self.answer.locator('[data-part="text"]')

    @property
    def aside(self) -> Locator:
        """What stands beside the last answer."""
        return self.page.get_by_role("group", name="About this answer").last

    @property
    def judging(self) -> Locator:
        """Where the last answer is judged."""
        return self.page.locator('[data-entry="assistant"] [id^="judging-"]').last

    @property
    def replay(self) -> Locator:
        return self.page.get_by_role("group", name="Replay").last

    @property
    def play_button(self) -> Locator:
        return self.replay.locator('[data-do="play"]')

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
