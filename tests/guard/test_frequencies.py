import pytest

from app.guard.frequencies import changed_rates
from app.guard.passages import Passage


def changed(source: str, proposal: str) -> list[str]:
    return [token.low for token in changed_rates(Passage(proposal), Passage(source))]


@pytest.mark.parametrize(
    ("source", "proposal"),
    [
        ("Met 30 guests a day", "Met 30 guests every day"),
        ("Met 30 guests each morning", "Met 30 guests daily"),
        ("Taught on Sundays", "Taught weekly"),
        ("Wrote the annual report", "Wrote the yearly report"),
        ("Noted heat every 30 minutes", "Noted heat half-hourly"),
    ],
)
def test_a_rate_in_other_words_is_honest(source: str, proposal: str) -> None:
    """The same span of time may be named in another way."""
    assert changed(source, proposal) == []


@pytest.mark.parametrize("rate", ["an hour", "per week", "every month", "a fortnight"])
def test_another_rate_is_found(rate: str) -> None:
    """So many a day is not so many an hour."""
    assert changed("Met 30 guests a day", f"Met 30 guests {rate}")
