"""What the words at some positions of a text mean together."""

from collections.abc import Sequence

from app.guard.passages import Passage


def takes_of(positions: Sequence[int], passage: Passage) -> frozenset[str]:
    """Meanings of which one is needed to explain any of these words."""
    found = (passage.tokens[at].word for at in positions)
    return frozenset().union(*(one.takes for one in found if one))


def gives_of(positions: Sequence[int], passage: Passage) -> frozenset[str]:
    """Meanings these words vouch for."""
    found = (passage.tokens[at].word for at in positions)
    return frozenset().union(*(one.gives for one in found if one))


def stems_at(positions: Sequence[int], passage: Passage) -> set[str]:
    """The stems of these words."""
    found = (passage.tokens[at].word for at in positions)
    return {one.stem for one in found if one}
