"""Who did what to whom, and what was more than what, stays as the student told it."""

import pytest

from app.guard.passages import read
from app.guard.reversals import reversals


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("Kept the patient ready and held the tray", "Kept the tray ready and held the patient"),
        ("Filed vouchers entered by the accountant", "Entered and filed vouchers"),
        (
            "Accompanied the store staff and noted what the sales team read to the audit team",
            "Accompanied the audit team and noted what the sales team read to the store staff",
        ),
        ("The nurse informed me of falls", "Informed the nurse of falls"),
        ("Doses were decided with the officer", "Doses were decided by the officer"),
        ("Found that girls read more than boys", "Found that boys read more than girls"),
        ("Flavour was better than price", "Price was better than flavour"),
        ("Drew a logo that was chosen", "Drew a logo, but the client chose another"),
    ],
)
def test_what_was_turned_round_is_named(said: str, source: str) -> None:
    """Doers, sufferers, objects and the sides of a comparison that changed places are told."""
    assert list(reversals(read(said), read(source))) != []


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("Held the patient and kept the tray ready", "Kept the tray ready and held the patient"),
        ("Kept the tray and the patient ready", "Kept the tray ready and held the patient"),
        ("Sorted boards by fault and told the leader", "Sorted boards and told the leader"),
        ("Checked the dosage by asking the nurse", "Checked the dosage with the nurse"),
        ("Sent it by Friday to the manager", "Sent it to the manager on Friday"),
        ("The client chose another; drew a logo", "Drew a logo, but the client chose another"),
        ("Plan A was better than plan B and was kept", "Kept plan A, which was better than plan B"),
        ("Did the study; friends handled the report", "My part was the study; they did the rest"),
    ],
)
def test_another_order_of_the_same_is_let_be(said: str, source: str) -> None:
    """A way, a day or a means behind `by` is no doer, and what is told in another order stays."""
    assert list(reversals(read(said), read(source))) == []
