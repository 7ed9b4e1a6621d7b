"""What a person does and sees, in the domain's words."""

import re
from typing import Self

from playwright.sync_api import Locator, Page, expect


class Chat:
    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def open(self, path: str = "/chat/") -> Self:
        self.page.goto(self.url + path)
        return self

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
    def answers(self) -> Locator:
        return self.page.locator('article[data-role="assistant"]')

    @property
    def answer(self) -> Locator:
        return self.answers.last

    @property
    def text(self) -> Locator:
        return self.answer.locator('[data-part="text"]')

    @property
    def notice(self) -> Locator:
        return self.page.get_by_role("alert")

    @property
    def status(self) -> Locator:
        return self.page.get_by_role("status")

    @property
    def chats(self) -> Locator:
        return self.page.get_by_role("navigation", name="Chats").get_by_role("link")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name)

    # What one does

    def send(self, text: str) -> None:
        self.box.fill(text)
        self.button("Send message").click()

    def type_and_press_enter(self, text: str) -> None:
        self.box.press_sequentially(text)
        self.box.press("Enter")

    # What one sees

    def sees_state(self, state: str) -> None:
        expect(self.answer).to_have_attribute("data-state", state)
        expect(self.answer).to_have_attribute("aria-busy", "false")

    def sees_growing(self, text: str) -> None:
        """The answer holds `text` and is still being written."""
        expect(self.text).to_contain_text(text)
        expect(self.answer).to_have_attribute("aria-busy", "true")

    def picture(self) -> str:
        """The thread's markup, but for what no eye or reader sees: blanks between elements, form tokens."""
        html = self.page.locator("#thread").inner_html()
        html = re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]*', r"\1", html)
        return re.sub(r">\s+<", "><", html).strip()
