"""How many streams each person has open at this process."""

from collections import Counter
from dataclasses import dataclass

_taken: Counter[int] = Counter()


@dataclass
class Seat:
    """One open stream of one person. Take and leave it in the loop."""

    user_id: int
    is_taken: bool = True

    def leave(self) -> None:
        """Give it back; doing so twice is once."""
        if not self.is_taken:
            return
        self.is_taken = False
        _taken[self.user_id] -= 1
        if not _taken[self.user_id]:
            del _taken[self.user_id]


def take(user_id: int, most: int) -> Seat | None:
    """Return a seat, or None where the person has `most` already."""
    if _taken[user_id] >= most:
        return None
    _taken[user_id] += 1
    return Seat(user_id)
