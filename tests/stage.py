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

EVERYTHING = r"""# What an answer may hold

Text with **bold**, *italic*, ***both***, ~~gone~~, `code` and a [link](https://example.org/), an address
https://example.org/a/b and a hard\
break. Some prices, $5 to $6, and a note.[^1]

## A second level

### A third level

#### A fourth level

##### A fifth level

###### A sixth level

- a tight list
- with a second item, long enough to run over the end of its line on every screen, which shows how the lines of one
  item stand to each other
  - nested
    - and nested again
  - back
- and a last one

1. a loose list

   with a second paragraph

2. and code

   ```sh
   pip install chatstream
   ```

3. and a quote

   > in an item

- [x] done
- [ ] to do, with `code`
- [ ] and a list
  - [x] below

| left | centred | right |
|:-----|:-------:|------:|
| a | b | 1.50 |
| **bold** | `code` | 20.00 |
| something longer | c | 300.25 |

| one | two | three | four | five | six | seven | eight | nine |
|---|---|---|---|---|---|---|---|---|
| something | something longer | a third thing | another cell | five and more | six of them | the seventh | so | on |
| 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 |

```python
@lru_cache(maxsize=64)
def scattered(wavelength: float, reference: float = 650.0) -> float:
    '''How much more than the reference.'''
    if not wavelength:  # never
        raise ValueError(f"no light of {wavelength!r} nm")
    return (reference / wavelength) ** 4  # a comment that runs on and on and on, far beyond the edge of the block
```

```diff
diff --git a/sky.txt b/sky.txt
@@ -1,3 +1,3 @@
 The sky is
-grey
+blue
```

```html
<!-- a comment --><a class="button" href="/sky/">Sky &amp; sea</a>
```

```json
{"colour": "blue", "wavelength": 450, "seen": true, "by": null}
```

```js
const sky = await fetch(`/sky/${day}`).then((answer) => answer.json()); // later
```

```sql
SELECT colour, count(*) AS seen FROM sky WHERE day > '2026-01-01' GROUP BY colour; -- all of it
```

```console
$ echo "blue"
blue
```

```
no language at all
```

> [!NOTE]
> Something to know, with `code` and a [link](https://example.org/).

> [!TIP]
> Something that helps.

> [!IMPORTANT]
> Something one must know.

> [!WARNING]
> Something that may hurt.
>
> - a list
> - in it

> [!CAUTION]
> Something that will.

> A quote
>
> > in a quote
> >
> > > in a quote

Inline $x_1^2 + \frac{a}{b}$, $\sqrt{\alpha}$ and $\sum_{i=1}^n i$, then

$$
\int_{-\infty}^{\infty} e^{-x^2}\,dx = \sqrt{\pi}
$$

\[
\begin{aligned}
(a + b)^2 &= (a + b)(a + b) \\
&= a^2 + 2ab + b^2
\end{aligned}
\]

$$
A = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}, \quad
|x| = \begin{cases} x & x \ge 0 \\ -x & x < 0 \end{cases}
$$

$$
a_1 + a_2 + a_3 + a_4 + a_5 + a_6 + a_7 + a_8 + a_9 + a_{10} + a_{11} + a_{12} + a_{13} + a_{14} + a_{15} + a_{16}
$$

---

السماء زرقاء لأن الهواء يشتت الضوء **الأزرق** أكثر من الضوء الأحمر.

- عنصر أول
- عنصر ثان
  1. الأول
  2. الثاني

> اقتباس من اليمين إلى اليسار

| اللون | الطول |
|---|---|
| أزرق | ٤٥٠ |

天空为什么是蓝色的？因为空气中的分子把**短波长**的光散射得比长波长的光多得多。

- 第一：`代码`
- 第二：👩‍👩‍👧‍👦 🧑🏽‍💻 🏳️‍🌈

[^1]: A footnote, with *emphasis*, and long enough to run over the end of its line on every screen, as some of them do.

[^long]: Another one.

    With a second paragraph.
"""


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
