"""What is shown of text that is still being written."""

from hypothesis import given, settings
from hypothesis import strategies as st

from chat.rendering.ends import decided
from tests.unit.rendering.documents import LINES, PREFIXES, SOUP

lines = st.builds(
    "".join,
    st.tuples(
        st.lists(st.sampled_from(PREFIXES), max_size=3).map("".join),
        st.one_of(st.sampled_from(LINES), st.text(SOUP, max_size=8)),
    ),
).filter(lambda line: "\n" not in line)


@settings(max_examples=1_000, deadline=None)
@given(lines)
def test_what_is_shown_of_a_line_does_not_go_again(line: str) -> None:
    waits = [not decided(line[:end]) for end in range(1, len(line) + 1)]
    assert waits == sorted(waits, reverse=True)
