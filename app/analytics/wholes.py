"""Parts and wholes: 66 of the 80 students, of 178 offers 38."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product

from app.analytics.figure import Figure
from app.analytics.mentions import Reading
from app.analytics.objection import Objection
from app.analytics.table import Cell

# What each metric is a part of. Nothing else is known to lie in one another.
WHOLES: Mapping[str, frozenset[str]] = {
    "students": frozenset({"students"}),
    "offers": frozenset({"students", "offers"}),
    "without_offer": frozenset({"students"}),
    "offer_rate": frozenset({"students"}),
    "share_of_offers": frozenset({"offers"}),
}

_OF = r"(?:out\s+)?\bof\s+(?:the\s+|its\s+|their\s+|all\s+|these\s+)*$"
_BETWEEN = re.compile(rf"^\s*(?:students?\s+|candidates?\s+|offers?\s+)?{_OF}", re.IGNORECASE)
_OPENING = re.compile(rf"^\s*{_OF}", re.IGNORECASE)


def wrong_wholes(reading: Reading, meant: Mapping[Figure, Sequence[Cell]]) -> Iterator[Objection]:
    """Figures told as parts of what they are no part of. `meant` are the cells each may be."""
    for one, other in pairwise(meant):
        if _BETWEEN.search(reading.veiled[one.end : other.start]):
            part, whole = one, other
        elif _OPENING.search(reading.veiled[reading.clause_at(one.start).start : one.start]):
            part, whole = other, one
        else:
            continue
        if not any(_is_part(*pair) for pair in product(meant[part], meant[whole])):
            why = f"The table does not say that '{part.text}' is a part of '{whole.text}'."
            yield Objection(part.text, "attachment", why)


def _is_part(part: Cell, whole: Cell) -> bool:
    return (
        whole.metric in WHOLES.get(part.metric, frozenset())
        and whole.group in ("", part.group)
        and whole.tense == part.tense
        and (whole.unit != part.unit or part.value <= whole.value)
    )
