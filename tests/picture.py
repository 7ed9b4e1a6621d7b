"""`make picture`: the README's picture, taken from the running site with a scripted answer."""

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.server import ROOT, Server
from tests.steps import Chat
from tests.upstream import Finish, Hang, Say, Upstream

QUESTION = "Why is the sky blue?"
ANSWER = """Because air scatters short waves more than long ones. This is **Rayleigh scattering**:

| colour | wavelength | scattered |
|--------|-----------:|----------:|
| blue   |     450 nm |      4.4× |
| red    |     650 nm |        1× |

The strength goes with the fourth power of the frequency:

```python
def scattered(wavelength_nm, reference_nm=650):
    return (reference_nm / wavelength_nm) ** 4
```
"""
UNFINISHED = "At sunset the light takes a longer way through the air, and most of the blue is gone before"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Upstream() as model:
        settings = {"OPENAI_BASE_URL": model.base_url, "CHAT_MODELS": "scripted", "CHAT_GUESTS": "on"}
        server = Server(Path(folder), CHAT_GRACE_SECONDS="0", **settings).start()
        try:
            take(server, model, ROOT / "docs" / "chat.png")
        finally:
            server.stop()


def take(server: Server, model: Upstream, target: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1100, "height": 720})
        chat = Chat(page, server.url).open()
        model.script(Say(ANSWER), Finish())
        chat.send(QUESTION)
        chat.sees_state("complete")
        model.script(Say(UNFINISHED), Hang())
        chat.send("And why is it red in the evening?")
        chat.sees_growing("before")
        page.screenshot(path=target)
        browser.close()


if __name__ == "__main__":
    main()
