"""Answers of every kind that people get, at any length. What is random in them is the same in every run."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random

TOKEN = 5  # characters, about what one is in English
SAID = (
    "the answer is that each part of a system grows until somebody asks why it was there and whether it still "
    "helps those who have to live with it which is a good question to begin with"
)
CODE_LINE = '    total = sum(item.price * item.count for item in order.items if item.count > 0)  # "net"\n'
CJK = "天空为什么是蓝色的因为空气中的分子把短波长的光散射得比长波长的光多得多所以我们看到蓝色"
SAID_IN_ARABIC = "السماء زرقاء لأن الهواء يشتت الضوء الأزرق أكثر من الضوء الأحمر وهذا ما نراه في النهار"
EMOJI = ("👩‍👩‍👧‍👦", "🧑🏽‍💻", "🏳️‍🌈", "❤️‍🔥", "👍🏿", "🇨🇭", "e\u0301", "☺️")

WORDS = SAID.split()
RTL = SAID_IN_ARABIC.split()


def sentence(random: Random, words: Sequence[str] = WORDS) -> str:
    said = [random.choice(words) for _ in range(random.randint(6, 14))]
    place = random.randrange(len(said))
    said[place] = random.choice(["**{}**", "*{}*", "`{}`", "{}", "[{}](https://example.org/a/b?c=d)"]).format(
        said[place]
    )
    return " ".join(said).capitalize() + "."


def prose(random: Random) -> str:
    return " ".join(sentence(random) for _ in range(random.randint(2, 7))) + "\n\n"


def listing(random: Random) -> str:
    return f"- {sentence(random)}\n"


def code(random: Random) -> str:
    return random.choice([CODE_LINE, "    return None\n", "\n", f"def name_{random.randrange(99)}(order):\n"])


def table(random: Random) -> str:
    return "| " + " | ".join(random.choice(WORDS) for _ in range(12)) + " |\n"


def nesting(random: Random) -> str:
    return "".join(f"{'  ' * depth}- {sentence(random)}\n" for depth in range(8))


def paragraph(random: Random) -> str:
    return sentence(random) + " "


def maths(random: Random) -> str:
    inline = random.choice(["$x_{1}^2$", r"\(\frac{a}{b}\)", "$\\alpha \\le \\beta$", "$5 to $6"])
    shown = random.choice(["", f"$$\n\\sum_{{i=1}}^n i = \\frac{{n(n+{random.randrange(9)})}}{{2}}\n$$\n\n"])
    return f"{sentence(random)} So {inline} holds. {sentence(random)}\n\n{shown}"


def cjk(random: Random) -> str:
    start = random.randrange(len(CJK))
    return f"{CJK[start:]}，**{CJK[:9]}**。\n\n- {CJK[start:][:12]}：`代码`\n\n"


def rtl(random: Random) -> str:
    return sentence(random, RTL) + " English too. " + sentence(random, RTL) + "\n\n"


def emoji(random: Random) -> str:
    return f"{sentence(random)} {''.join(random.choice(EMOJI) for _ in range(5))}\n\n"


# Name → what comes first, and what goes on and on.
KINDS: dict[str, tuple[str, Callable[[Random], str]]] = {
    "prose": ("", prose),
    "long list": ("", listing),
    "code": ("```python\n", code),
    "wide table": ("| " + " | ".join(WORDS[:12]) + " |\n|" + "---|" * 12 + "\n", table),
    "deep nesting": ("", nesting),
    "one paragraph": ("", paragraph),
    "maths": ("", maths),
    "CJK": ("", cjk),
    "right to left": ("", rtl),
    "emoji": ("", emoji),
}


def answer(kind: str, tokens: int) -> str:
    """Return an answer of about so many tokens."""
    random = Random(kind)
    begin, more = KINDS[kind]
    pieces, length = [begin], len(begin)
    while length < tokens * TOKEN:
        pieces.append(more(random))
        length += len(pieces[-1])
    return "".join(pieces)


def frames(text: str, tokens_a_second: int = 50, frames_a_second: int = 20) -> list[str]:
    """Cut it as the writer's frames would: two or three tokens each."""
    cuts = [round(number * TOKEN * tokens_a_second / frames_a_second) for number in range(len(text))]
    return [piece for start, end in pairwise(cuts) if (piece := text[start:end])]
