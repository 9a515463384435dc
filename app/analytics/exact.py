"""Rates, medians, quartiles and fences in exact arithmetic; rounding happens once, at the end."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

K = TypeVar("K")

# John Tukey, Exploratory Data Analysis (1977): beyond one and a half times the middle half.
FENCE = Fraction(3, 2)

# With fewer groups the quartiles are the groups themselves.
MIN_FENCED = 5


def percentage(part: Fraction, whole: Fraction) -> Fraction:
    """What the part is of the whole, in percent."""
    return 100 * part / whole


def quantile(values: Sequence[Fraction], share: Fraction) -> Fraction:
    """The value below which this share of the values lies, between neighbours in proportion.

    Source: R. J. Hyndman and Y. Fan, Sample quantiles in statistical packages (1996), type 7.
    """
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def outliers(values: Mapping[K, Fraction]) -> dict[K, str]:
    """`high` or `low` for every value beyond Tukey's fences."""
    if len(values) < MIN_FENCED:
        return {}
    listed = list(values.values())
    lower, upper = quantile(listed, Fraction(1, 4)), quantile(listed, Fraction(3, 4))
    reach = FENCE * (upper - lower)
    return {
        key: "high" if value > upper else "low"
        for key, value in values.items()
        if not lower - reach <= value <= upper + reach
    }


def rounded(value: Fraction, places: int) -> Decimal:
    """Half away from zero, as people round."""
    whole = int(abs(value) * 10**places + Fraction(1, 2))
    return Decimal(-whole if value < 0 else whole).scaleb(-places)
