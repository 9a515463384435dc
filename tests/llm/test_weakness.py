import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.llm.weakness import POINTS, Weakness, weaknesses, weight


@pytest.mark.parametrize(
    ("text", "weakness"),
    [
        ("Responsible for the stock ledger", "duty"),
        ("Was involved in fixing queries", "duty"),
        ("Duties included billing", "duty"),
        ("Helped the nurses with dressings", "duty"),
        ("Worked on a survey", "duty"),
        ("Stock ledger of the canteen", "no_verb"),
        ("The ledger was checked by me", "passive"),
        ("Tickets were quickly resolved", "passive"),
        ("Sold 3 of my sketches", "first_person"),
        ("I drew maps", "first_person"),
        ("Basically drew maps", "filler"),
        ("Drew maps in order to learn", "filler"),
        ("Drew " + "maps and " * 20, "long"),
    ],
)
def test_a_weak_text_is_known_by_its_words(text: str, weakness: Weakness) -> None:
    """Each kind of weakness is found in a text that has it."""
    found = weaknesses(text)

    assert weakness in found


@pytest.mark.parametrize(
    "text",
    [
        "Made REST APIs in Flask for 14 warehouse staff",
        "Redrew the signs of one station",
        "Did trials over 12 days and found that moisture came down from 86% to 9%",
        "Tested the tool that is responsible for billing",
    ],
)
def test_a_text_that_reads_well_has_none(text: str) -> None:
    """A deed told plainly is not weak, whatever its facts."""
    assert weaknesses(text) == frozenset()
    assert weight(text) == 0


def test_a_duty_weighs_most() -> None:
    """A text that hides the deed comes before one that hides who did it, and that before style."""
    duty = weight("Responsible for checking the ledger")
    nameless = weight("Stock ledger of the canteen")
    passive = weight("The ledger was checked")
    style = weight("Basically checked the ledger")

    assert duty > nameless > passive > style > 0
    assert weight("Responsible for basically checking my ledger") > duty


@given(st.text(max_size=80))
def test_any_text_has_a_weight(text: str) -> None:
    """Whatever a text says, its weight is the sum of known points."""
    assert weight(text) == sum(POINTS[weakness] for weakness in weaknesses(text))
