import pytest

from app.guard.derived import is_derived
from app.guard.passages import Passage


def follows(source: str, proposal: str) -> bool:
    said = Passage(proposal)
    return is_derived(said.quantities[0], said, Passage(source))


@pytest.mark.parametrize(
    ("source", "proposal"),
    [
        ("Cut entries from 210 to 35", "Cut entries by 175"),
        ("The share rose from 35% to 62%", "The share rose by 27 percentage points"),
        ("Read 75 contracts, of which 52 were unfair", "Found 69% of contracts unfair"),
        ("Was one of three students who wrote it", "Wrote it with two other students"),
        ("Weighed children under five years", "Weighed children under 5"),
        ("Weighed food for a week", "Weighed food over one week"),
    ],
)
def test_what_follows_is_honest(source: str, proposal: str) -> None:
    """Differences, shares and head counts that follow exactly may be said."""
    assert follows(source, proposal)


@pytest.mark.parametrize(
    ("source", "proposal"),
    [
        ("Cut entries from 210 to 35", "Cut entries to 175"),
        ("Cut entries from 210 to 35", "Raised entries by 175"),
        ("Read 75 contracts, of which 52 were unfair", "Found 79% of contracts unfair"),
        ("Was one of three students who wrote it", "Wrote it with three other students"),
        ("9 writers made 12 corrections, not 30", "Reduced the corrections by 75%"),
    ],
)
def test_what_does_not_follow_is_not(source: str, proposal: str) -> None:
    """A figure that arithmetic does not give, or in the wrong direction, is not derived."""
    assert not follows(source, proposal)
