"""Parts and records: the whole and the deed are more."""

import pytest

from app.guard.passages import read
from app.guard.portions import grown


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("Wrote the report", "Wrote the method section of the report"),
        ("Scheduled deliveries", "Kept the record of deliveries"),
        ("Calibrated scales and kept the log", "Kept the calibration log of scales"),
        ("Cut the patterns and stitched them", "Cut the patterns and stitched three of them"),
        ("Prepared the plan, including the cost sheet", "Prepared the cost sheet"),
    ],
)
def test_more_than_the_student_had_is_named(said: str, source: str) -> None:
    """The whole for a part, the deed for its record and what a part is included in are told."""
    found = list(grown(read(said), read(source)))

    assert [limit.limit for limit in found][:1] != []


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("Led volunteers", "Led one section of the committee"),
        ("Wrote notes", "Wrote one chapter of the report"),
        ("Wrote a summary of rules", "Wrote one chapter of the report and a summary of rules"),
        ("Checked everything", "Checked one half of"),
        ("Cleaned the yard", "Kept the record of deliveries and cleaned the yard"),
        ("Swept paths", "Kept the record of deliveries"),
        ("Kept the calibration log and cleaned scales", "Kept the calibration log of scales"),
        ("Stitched three of the patterns and cut them", "Cut patterns and stitched three of them"),
        ("Cut patterns and showed them", "Cut patterns, three of them in silk, and showed them"),
        ("Prepared the cost sheet, including taxes", "Prepared the cost sheet"),
        ("Including taxes", "Prepared the cost sheet"),
    ],
)
def test_what_is_no_more_is_let_be(said: str, source: str) -> None:
    """Parts of people, other objects and other deeds are nobody's whole."""
    assert list(grown(read(said), read(source))) == []
