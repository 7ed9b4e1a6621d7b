"""What an empty chat suggests: questions that start one with a click, and that even a small model can answer."""

from typing import NamedTuple


class Suggestion(NamedTuple):
    """A question in two parts: what catches the eye, and how it goes on."""

    title: str
    rest: str

    @property
    def text(self) -> str:
        return f"{self.title} {self.rest}"


SUGGESTIONS = (
    Suggestion("Why is the sky blue,", "and red in the evening?"),
    Suggestion("Explain recursion", "with an example from daily life."),
    Suggestion("Write a short e-mail", "that asks a neighbour to water the plants."),
    Suggestion("What should I pack", "for three days of hiking?"),
)
