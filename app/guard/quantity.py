"""One quantity of a text, and how two neighbours share a unit."""

from collections.abc import Sequence
from typing import NamedTuple

from app.guard.quantity_words import CURRENCIES

_AGAINST = frozenset({"instead", "of", "not", "instead_of", "against", "than", "versus", "vs"})
_MONEY = frozenset(CURRENCIES.values())
_RANGE = frozenset({"to", "-", "and", "or", "till", "until"})
# "in Class 3 and seven months" are not three months.
_LABELLED = frozenset({"class", "grade", "standard", "ward", "semester", "level", "phase", "block"})
_SHARE = frozenset({"of", "out_of", "/"})
# "5 minutes instead of 20"
_BACKWARD = frozenset({"instead_of", "against"})
_WITHOUT_UNIT = frozenset({"ordinal", "vague", "times", "year", "version"})


class Quantity(NamedTuple):
    """`kind` is plain, year, percent, times, ordinal, vague, a currency or a dimension.

    `first` and `last` are token positions, last exclusive; `after` and `before` are the meanings of
    the words beside it, from which one sees what was counted.
    """

    value: float
    kind: str
    first: int
    last: int
    qualifier: str
    factor: float
    after: frozenset[str]
    before: frozenset[str]


def is_equal(one: Quantity, other: Quantity) -> bool:
    """Whether two quantities are as much of the same kind, of whatever thing."""
    return (one.kind, one.value) == (other.kind, other.value)


def as_range(one: Quantity, other: Quantity, lows: Sequence[str]) -> tuple[Quantity, Quantity]:
    """Both ends of a range count the same thing in the same unit."""
    between = lows[one.last : other.first]
    if one.kind in _MONEY and between and between[0] in _AGAINST and len(between) <= len(_AGAINST):
        # "6,400 rupees instead of 8,000": both are money.
        return one, other._replace(kind=one.kind) if other.kind == "plain" else other
    gap = [low for low in between if low not in (".", "a", "the", "about", "around")]
    is_label = one.first > 0 and lows[one.first - 1] in _LABELLED
    if is_label or len(gap) != 1 or gap[0] not in _RANGE | _SHARE | _BACKWARD:
        return one, other
    # "For three months and with nine students" counts students.
    if gap[0] in _SHARE or (gap[0] in ("and", "or") and other.kind == "plain" and other.after):
        pass
    elif other.kind == "plain" and one.kind not in _WITHOUT_UNIT and one.kind != "plain":
        # "from 40 minutes to 6" leaves the second unit out.
        unit = one.factor if other.factor == 1 else 1
        other = other._replace(value=other.value * unit, kind=one.kind, factor=one.factor)
    elif one.kind == "plain" and other.kind not in _WITHOUT_UNIT:
        unit = other.factor if one.factor == 1 else 1
        one = one._replace(value=one.value * unit, kind=other.kind, factor=other.factor)
    if one.kind != other.kind:
        return one, other
    after, before = other.after, one.before
    return one._replace(after=after, before=before), other._replace(after=after, before=before)
