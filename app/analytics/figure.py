"""The figures of a sentence: where they are, what they say, and which cells say the same."""

import math
import re
from decimal import Decimal

from app.analytics.mentions import Reading
from app.analytics.table import COUNTED, Cell
from app.guard.passages import read
from app.guard.quantity import Quantity

LAKH = 100_000
# What a rounded figure may be off, where the sentence says that it is rounded: a tenth.
ROUND_SHARE = 0.1
TWO_DIGITS = 2
_POINTS = re.compile(r"\s*(?:percentage[\s-]|percent[\s-])?points?\b", re.IGNORECASE)
_LPA = re.compile(r"\s*(?:(?:to|and|-)\s*[\d.,]+\s*)?LPA\b", re.IGNORECASE)
_SCALES = r"(?:lakhs?|lacs?|crores?|hundred|thousand|million|billion|trillion|k|m|bn)\b"
# "2.4 lakh crore": a second scale makes it another figure.
_SCALED_AGAIN = re.compile(
    rf"[\d.,]+\s*{_SCALES}\s+{_SCALES}|\s*(?:LPA\s+)?{_SCALES}", re.IGNORECASE
)
# "rose by 20 percent to 8.25 LPA": only the first is a percentage.
_COUNTED_NOUN = re.compile(r"\s+(?:students?|candidates?|offers?|companies)\b", re.IGNORECASE)
_BY_PERCENT_TO = re.compile(r"\bby\s+[\d.]+\s*(?:percent|%)\s+to\s+$", re.IGNORECASE)
_PERCENT = re.compile(r"per ?cent|%", re.IGNORECASE)
_LAKHS = re.compile(r"\b(?:lakhs?|lacs?|crores?)\b", re.IGNORECASE)


class Figure:
    """A quantity with its place in the text."""

    def __init__(self, quantity: Quantity, start: int, end: int, reading: Reading) -> None:
        self.value, self.kind = quantity.value, quantity.kind
        self.qualifier = quantity.qualifier
        self.start, self.end = start, end
        self.text = reading.text[start:end]
        self.is_points = "point" in self.text or bool(_POINTS.match(reading.veiled, end))
        self.is_lakhs = bool(_LAKHS.search(self.text))
        bare = self.text.lstrip("INRUSDEGBP₹$€£. ")
        self.is_scaled_again = bool(
            _SCALED_AGAIN.match(bare) or _SCALED_AGAIN.match(reading.veiled, end)
        )
        self.is_lpa = bool(_LPA.match(reading.veiled, end))
        is_counted = self.is_lpa or _COUNTED_NOUN.match(reading.veiled, end) is not None
        is_counted = is_counted or _BY_PERCENT_TO.search(reading.veiled[:start]) is not None
        if self.kind == "percent" and is_counted and not _PERCENT.search(self.text):
            self.kind = "plain"


def places(reading: Reading) -> list[tuple[int, int]]:
    """Where the figures of a sentence are, in whatever dress."""
    return [(one.start, one.end) for one in figures_in(reading)]


def figures_in(reading: Reading) -> list[Figure]:
    """The figures in order."""
    passage = read(reading.veiled)
    return [
        Figure(one, passage.tokens[one.first].start, passage.tokens[one.last - 1].end, reading)
        for one in passage.quantities
        # A superlative is checked as one.
        if passage.tokens[one.first].low != "most"
    ]


def is_equal(figure: Figure, cell: Cell) -> bool:
    """Whether it is the cell's value in its unit, rounded only where it says so; signs aside."""
    factor = 0 if figure.is_scaled_again else _factor(figure, cell.unit)
    return factor > 0 and _is_near(figure, abs(cell.value) * factor)


def _factor(figure: Figure, unit: str) -> int:
    """What a value in this unit is multiplied by to be told in the figure's; 0 if it cannot be."""
    if figure.is_points or unit == "points":
        return int(figure.is_points and unit == "points")
    if unit in COUNTED:
        return int(figure.kind in ("plain", "year") and not figure.is_lpa)
    if unit != "LPA":
        return int(figure.kind == unit.lower())
    if figure.is_lpa:
        return int(figure.kind in ("plain", "inr"))
    is_rupees = figure.kind == "inr" or (figure.kind == "plain" and figure.is_lakhs)
    return LAKH * is_rupees


def _is_near(figure: Figure, value: Decimal) -> bool:
    """Equal, or rounded where the sentence says so: about, over, nearly."""
    said, exact = figure.value, float(value)
    if figure.qualifier == "":
        return math.isclose(said, exact, rel_tol=1e-9)
    if figure.qualifier == "about":
        return said in (_rounded(exact, 0), _rounded(exact, TWO_DIGITS - _digits(exact)))
    # Over 170 for 171 and nearly 72 for 71.3; not over 100.
    is_right_way = exact > said if figure.qualifier == "over" else exact < said
    return is_right_way and abs(said - exact) <= ROUND_SHARE * exact


def _digits(value: float) -> int:
    return len(str(int(value)))


def _rounded(value: float, places: int) -> float:
    scaled = value * 10.0**places
    return math.floor(scaled + 0.5) / 10.0**places
