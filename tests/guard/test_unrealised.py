"""What was planned, proposed, not done or not finished is not told as done."""

import pytest

from app.guard.passages import read
from app.guard.unrealised import unrealised


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("Added push notifications", "Plan to add push notifications"),
        ("Widened the drain", "Proposed widening the drain"),
        ("Suggested a logo, which they printed", "Suggested a logo, which they plan to print"),
        ("Suggested it; it was tried", "Suggested it; it may be tried next year"),
        ("The sister displayed it", "The sister plans to display it"),
        (
            "Presented it to the department and the municipality",
            "Presented it to the department; the municipality has not been approached",
        ),
        ("Told the municipality", "Told no one; the old town municipality has not been told"),
        ("Works in Figma and motion design", "Works in Figma, currently learning motion design"),
        ("Completed a dissertation on rivers", "Dissertation in progress on rivers"),
    ],
)
def test_what_did_not_happen_yet_is_named(said: str, source: str) -> None:
    """Plans, proposals, denials, what is being learnt or in progress stay what they are."""
    found = list(unrealised(read(said), read(source)))

    assert len(found) == 1


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("Plans to add push notifications", "Plan to add push notifications"),
        ("Planned the menu and planned to print it", "Planned the menu and planned to print it."),
        ("Agreed to and printed 40 posters", "Agreed to and printed 40 posters."),
        ("Agreed to print the posters", "Promised to print the posters"),
        ("It is waiting for approval", "It has been drafted and is waiting for approval."),
        ("It is proposed to print and to sell it", "Plan to print it and propose to sell it"),
        ("Tested the login", "Tested the login. Plan to add push notifications"),
        ("Login page, to see it", "Tested the login. Plan to add push notifications"),
        ("Fixed tables", "People who wanted to learn came; fixed tables"),
        ("Tested it", "Not tested by others; tested it"),
        ("Wrote it for the club", "Wrote it for the club; it was not printed, nor sold"),
        ("Knows Figma", "Knows Figma, currently learning motion design"),
        ("Enjoys learning", "Enjoys learning motion design"),
        ("Taught motion", "Enjoys learning motion"),
        ("Dissertation on rivers", "Dissertation in progress on rivers"),
    ],
)
def test_what_is_still_said_so_is_let_be(said: str, source: str) -> None:
    """A rewording that keeps it open, or speaks of something else, is let through."""
    assert list(unrealised(read(said), read(source))) == []
