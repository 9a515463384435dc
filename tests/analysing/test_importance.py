from itertools import product

import pytest

from app.analysing.importance import importance

MARKS = ("nice", "preferred", "must")


@pytest.mark.parametrize(("lower", "higher"), [("nice", "preferred"), ("preferred", "must")])
def test_no_repetition_makes_a_wish_a_must(lower: str, higher: str) -> None:
    """The most repeated, earliest skill of one mark stays below the least one of the next."""
    marks = {mark: mark for mark in MARKS}

    most = importance(marks[lower], count=99, position=0)  # type: ignore[arg-type]  # a literal
    least = importance(marks[higher], count=0, position=1)  # type: ignore[arg-type]  # a literal

    assert most < least


def test_it_is_a_share() -> None:
    """Whatever is counted, the importance is from 0 to 1."""
    found = {
        importance(mark, count=count, position=position)  # type: ignore[arg-type]  # a literal
        for mark, count, position in product(MARKS, (0, 1, 4, 1_000), (0.0, 0.5, 1.0))
    }

    assert min(found) > 0
    assert max(found) == 1


def test_oftener_and_earlier_is_more() -> None:
    """Of skills asked for alike, the one named more often, or sooner, counts for more."""
    plain = importance("must", count=1, position=0.5)

    assert importance("must", count=2, position=0.5) > plain
    assert importance("must", count=1, position=0.1) > plain
