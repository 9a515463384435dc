"""What the words around a figure ask for: an earlier value, a later one, or a change."""

import re
from collections.abc import Iterator, Mapping, Sequence

from app.analytics.directions import HIGHEST, LOWEST
from app.analytics.figure import Figure
from app.analytics.mentions import Reading
from app.analytics.objection import Objection
from app.analytics.table import Cell

_HOW_EXACT = (
    r"(?:(?:about|around|over|nearly|almost|roughly|approximately|exactly|just|under|above|below"
    r"|more than|less than|fewer than)\s+)*"
)
_CHANGES = (
    r"(?:increase|rise|gain|growth|improvement|climb|fall|decrease|decline|drop|reduction"
    r"|change|difference)"
)
FROM = re.compile(rf"\bfrom\s+{_HOW_EXACT}$", re.IGNORECASE)
TO = re.compile(rf"\bto\s+{_HOW_EXACT}$", re.IGNORECASE)
_BY = re.compile(rf"\b(?:by|up|down|{_CHANGES}\s+of)\s+{_HOW_EXACT}$", re.IGNORECASE)
_VALUE = re.compile(
    r"(?:\b(?:rates?|shares?|packages?|quartiles?|total|number) of|\b(?:is|are|was|were|at))\s+"
    rf"{_HOW_EXACT}$",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"^(?:\s+(?!is\b|are\b|was\b|were\b)[a-z]+){0,2}\s+(?:more|fewer|less|higher|lower)\b",
    re.IGNORECASE,
)

_BACK = re.compile(
    r"\b(?:in|for|during|of|at)\s+(?:the\s+)?(?:previous|earlier|prior|preceding|former|last)\b",
    re.IGNORECASE,
)
# "13 more than in the previous period" compares, and says nothing of the period before.
_COMPARING = re.compile(
    r"\b(?:than|as|unchanged|compar\w+|against|versus|vs|on|over|from|since)\s+"
    r"(?:(?:in|for|during|to|with)\s+)?(?:the\s+)?$",
    re.IGNORECASE,
)
_BARE_PLACE = re.compile(
    rf"(?:{HIGHEST.pattern}|{LOWEST.pattern})\s*(?=among\b|of the\b|in the\b|[,.])", re.IGNORECASE
)


def wrong_slot(figure: Figure, cell: Cell, reading: Reading) -> str | None:
    """Why a value stands where a change belongs, or a change where a value does."""
    clause = reading.clause_at(figure.start)
    before, after = reading.veiled[clause.start : figure.start], reading.veiled[figure.end :]
    is_compared = _COMPARED.match(after) is not None
    if cell.is_change and not cell.value:
        return f"'{figure.text}' is no change at all: say unchanged."
    if cell.is_change and (FROM.search(before) or TO.search(before)):
        return f"'{figure.text}' is how much it changed: say by, not from or to."
    if cell.is_change and _VALUE.search(before) and not is_compared:
        return f"'{figure.text}' is how much it changed, not what it came to."
    if not cell.is_change and (_BY.search(before) or is_compared):
        return f"'{figure.text}' is no change: {cell.id} is what it came to."
    return None


def wrong_periods(reading: Reading, meant: Mapping[Figure, Sequence[Cell]]) -> Iterator[Objection]:
    """Figures of this period beside words that put them into the previous one."""
    spans = [found.span() for found in _BACK.finditer(reading.veiled)]
    spans += [(one.start, one.end) for one in reading.mentions if one.kind == "previous"]
    for start, end in spans:
        if _COMPARING.search(reading.veiled[:start]):
            continue
        told = _told_of_period(reading, meant, start)
        cells = meant[told] if told else ()
        if told and not cells:
            continue
        if not any(cell.tense == "previous" for cell in cells):
            span = reading.text[start:end]
            why = f"Nothing that it cites is of '{span}' itself; say than, from or over it."
            yield Objection(span, "attachment", why)


def _told_of_period(
    reading: Reading, meant: Mapping[Figure, Sequence[Cell]], start: int
) -> Figure | None:
    """The figure before a period in its clause, else the one after it, else the last one."""
    clause = reading.clause_at(start)
    before = [one for one in meant if one.end <= start]
    here = [one for one in before if one.start >= clause.start]
    after = [one for one in meant if one.start > start]
    return next(iter([*reversed(here), *after, *reversed(before)]), None)


def wrong_bare_places(
    reading: Reading, meant: Mapping[Figure, Sequence[Cell]]
) -> Iterator[Objection]:
    """`fell by 8, the most among the companies shown`: a place is that of the figure before it."""
    for found in _BARE_PLACE.finditer(reading.veiled):
        before = [one for one in meant if one.end <= found.start()]
        is_told_after = any(one.start > found.end() for one in meant)
        if before and not is_told_after and not any(cell.rank for cell in meant[before[-1]]):
            why = f"The table does not mark '{before[-1].text}' so."
            yield Objection(found[0].strip(), "direction", why)
