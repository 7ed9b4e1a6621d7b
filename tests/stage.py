"""What stands before the camera: the site with a scripted model behind it, a browser, and things worth showing."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.server import Server
from tests.upstream import Upstream

QUESTION = "Why is the sky blue?"
ANSWER = """Because air scatters short waves more than long ones. This is **Rayleigh scattering**:

| colour | wavelength | scattered |
|--------|-----------:|----------:|
| blue   |     450 nm |      4.4× |
| red    |     650 nm |        1× |

The strength goes with the *fourth power* of the frequency:

```python
def scattered(wavelength_nm, reference_nm=650):
    return (reference_nm / wavelength_nm) ** 4
```

"""
NEXT_QUESTION = "And why is it red in the evening?"
UNFINISHED = "At sunset the light takes a longer way through the air, and most of the blue is gone before"


def chromium() -> dict[str, Any]:
    """How the system's Chromium is started: quietly, and without a sandbox for root, who can't have one."""
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    quiet += ["--disable-component-update", "--disable-sync"]
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": shutil.which("chromium"), "args": quiet + as_root}


@contextmanager
def stage() -> Iterator[tuple[Server, Upstream, Browser]]:
    """Yield the running site, its model and a browser."""
    with tempfile.TemporaryDirectory() as folder, Upstream() as model, sync_playwright() as playwright:
        settings = {"OPENAI_BASE_URL": model.base_url, "CHAT_MODELS": "gpt-4.1-mini", "CHAT_GUESTS": "on"}
        server = Server(Path(folder), CHAT_GRACE_SECONDS="0", CHAT_RETRIES="0", **settings).start()
        browser = playwright.chromium.launch(**chromium())
        try:
            yield server, model, browser
        finally:
            browser.close()
            server.stop()
