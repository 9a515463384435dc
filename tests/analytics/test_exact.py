import statistics
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.analytics.exact import outliers, percentage, quantile, rounded

VALUES = st.lists(st.integers(0, 1000), min_size=2, max_size=40)


@pytest.mark.parametrize(
    ("value", "places", "told"),
    [
        (Fraction(1, 3), 1, "0.3"),
        (Fraction(5, 2), 0, "3"),
        (Fraction(-5, 2), 0, "-3"),
        (Fraction("0.05"), 1, "0.1"),
        (Fraction("1.005"), 2, "1.01"),
        (Fraction("2.675"), 2, "2.68"),
        (Fraction(0), 1, "0.0"),
        (Fraction(10), 2, "10.00"),
    ],
)
def test_rounding_is_half_away_from_zero(value: Fraction, places: int, told: str) -> None:
    """As on paper, with the places it was asked for; floats would give 1.00 and 2.67."""
    assert str(rounded(value, places)) == told


@given(st.fractions(min_value=-1000, max_value=1000), st.integers(0, 4))
def test_rounding_is_off_by_half_a_place_at_most(value: Fraction, places: int) -> None:
    """No rounded value is further from the exact one."""
    assert abs(Fraction(rounded(value, places)) - value) <= Fraction(1, 2 * 10**places)


@given(VALUES)
def test_the_quantiles_are_the_usual_ones(values: list[int]) -> None:
    """Median and quartiles agree with Python's own, but exactly."""
    exact = [Fraction(value) for value in values]

    found = [quantile(exact, Fraction(share, 4)) for share in (1, 2, 3)]

    expected = statistics.quantiles(exact, n=4, method="inclusive")
    assert found == expected
    assert found[1] == statistics.median(exact)


def test_a_quantile_of_one_value_is_it() -> None:
    """There is nothing to lie between."""
    assert quantile([Fraction(7)], Fraction(1, 4)) == 7


def test_outliers_lie_beyond_the_fences() -> None:
    """High and low ones are named, the rest is not."""
    values = dict(zip("abcdefg", map(Fraction, (1, 50, 51, 52, 53, 54, 120)), strict=True))

    assert outliers(values) == {"a": "low", "g": "high"}


def test_few_values_have_no_outliers() -> None:
    """Quartiles of four values would be the values."""
    assert outliers(dict(zip("abcd", map(Fraction, (1, 1, 1, 900)), strict=True))) == {}


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_rate_is_exact(part: int, whole: int) -> None:
    """A percentage of the whole gives the part back."""
    assert percentage(Fraction(part), Fraction(whole)) * whole == 100 * part


def test_thirds_are_not_cut_off() -> None:
    """Rounding happens at the end: two thirds are 66.7."""
    assert rounded(percentage(Fraction(2), Fraction(3)), 1) == Decimal("66.7")
