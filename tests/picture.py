"""`make picture`: the README's pictures, taken from the running site: light, dark, and one that moves."""

import io
import time
from itertools import pairwise
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, ViewportSize

from tests.server import ROOT, Server
from tests.stage import ANSWER, QUESTION, UNFINISHED, stage
from tests.steps import Chat, eventually
from tests.upstream import Finish, Hang, Say, Upstream

DOCS = ROOT / "docs"
SIZE: ViewportSize = {"width": 1100, "height": 780}
SMALL: ViewportSize = {"width": 780, "height": 540}
EARLIER = ("A haiku about rain", "What to pack for three days of hiking?", "Explain recursion to a child")
MOST_FRAMES = 200
STILL = 1_500  # milliseconds that the last frame stays


def main() -> None:
    with stage() as (server, model, browser):
        for scheme in ("light", "dark"):
            take(server, model, browser, scheme)
        film(server, model, browser, DOCS / "chat.gif")


def chat_in(browser: Browser, server: Server, scheme: str, size: ViewportSize, scale: float = 1) -> Chat:
    context = browser.new_context(viewport=size, color_scheme=scheme, device_scale_factor=scale)  # type: ignore[arg-type]
    return Chat(context.new_page(), server.url).open()


def take(server: Server, model: Upstream, browser: Browser, scheme: str) -> None:
    chat = chat_in(browser, server, scheme, SIZE, scale=1.5)
    for title in EARLIER:
        chat.open().send(title)
        chat.sees_state("complete")
    model.script(Say(ANSWER, UNFINISHED), Hang())
    chat.open().send(QUESTION)
    chat.sees_growing(UNFINISHED)
    chat.page.mouse.move(0, 0)
    eventually(lambda: chat.page.evaluate("document.getAnimations().length") == 0)
    picture_of(chat).save(DOCS / f"chat-{scheme}.png", optimize=True)
    chat.button("Stop generating").click()
    chat.sees_state("stopped")


def film(server: Server, model: Upstream, browser: Browser, target: Path) -> None:
    """Write a moving picture of a question being asked and answered."""
    chat = chat_in(browser, server, "light", SMALL)
    frames = [frame(chat)]
    moments = [time.monotonic()]

    def expose() -> None:
        frames.append(frame(chat))
        moments.append(time.monotonic())

    for word in QUESTION.split():
        chat.box.press_sequentially(f"{word} ", delay=40)
        expose()
    model.script(Say(*(f"{word} " for word in ANSWER.split(" ")), every=0.06), Finish())
    chat.button("Send message").click()
    while len(frames) < MOST_FRAMES and (
        chat.answers.count() == 0 or chat.answer.get_attribute("data-state") != "complete"
    ):
        expose()
    expose()
    durations = [round((then - now) * 1_000) for now, then in pairwise(moments)] + [STILL]
    frames[0].save(target, save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=True)


def frame(chat: Chat) -> Image.Image:
    """Return a picture of the page with a palette; a page has few colours."""
    return picture_of(chat).quantize(colors=64, dither=Image.Dither.NONE)


def picture_of(chat: Chat) -> Image.Image:
    return Image.open(io.BytesIO(chat.page.screenshot())).convert("RGB")


if __name__ == "__main__":
    main()
