"""Whose a word or a figure of a sentence is: the group that it is said of."""

import re

from app.analytics.mentions import Mention, Reading

# `66 of the 80 students in Computer Science`
_TIE = re.compile(r"\b(?:of|in|at|for|from|by|to)\s+(?:the\s+)?(?:[a-z]+\s+)?$", re.IGNORECASE)
_WITH = re.compile(r"(?:with|at)\b", re.IGNORECASE)
_OF_ALL = re.compile(r"\bof all\s+(?:the\s+)?$", re.IGNORECASE)


def owner(reading: Reading, start: int, end: int, figures: list[tuple[int, int]]) -> Mention | None:
    """The name that the span at `start` belongs to; `None` is the whole cohort.

    A name tied to the span by a preposition, else the last one before it in its clause, else the
    first one after it there, else the last one before it in the sentence. `figures` are the places
    of all figures: one of them between the two cuts the tie.
    """
    if _OF_ALL.search(reading.veiled[:start]):
        return None
    clause = reading.clause_at(start)
    here = [one for one in reading.groups if clause.start <= one.start < clause.end]
    after = [one for one in here if one.start >= end]
    if after and _is_tied(reading, end, after[0].start, figures):
        return after[0]
    before = [one for one in here if one.end <= start]
    earlier = [one for one in reading.groups if one.end <= clause.start]
    found = next(iter([*reversed(before), *after, *reversed(earlier)]), None)
    if found is None and _WITH.match(reading.veiled):
        # "With 80 students, Computer Science …"
        return next((one for one in reading.groups if one.start >= clause.end), None)
    return found


def subject_of(reading: Reading, start: int, end: int) -> Mention | None:
    """As `owner` for a superlative or a direction, which may come before its name.

    `The highest rate, 82.5 percent, was in …`
    """
    found = owner(reading, start, end, [])
    if found is None:
        return next((one for one in reading.groups if one.start >= end), None)
    return found


def _is_tied(reading: Reading, end: int, name_at: int, figures: list[tuple[int, int]]) -> bool:
    if any(end <= first < name_at for first, _ in figures):
        return False
    return _TIE.search(reading.veiled[end:name_at]) is not None
