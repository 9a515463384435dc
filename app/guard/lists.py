"""The word lists: those in `data/`, and what an operator adds to them."""

from collections.abc import Iterator
from importlib import resources

from app.added_words import added_lines


def lines(name: str) -> Iterator[str]:
    """The lines of a list and of its addition, without comments and blank lines."""
    text = resources.files("app.guard").joinpath("data", name).read_text(encoding="utf-8")
    whole = [*text.splitlines(), *added_lines(name)]
    return (line.strip() for line in whole if line.strip() and line[0] != "#")
