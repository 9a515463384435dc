"""Rises and falls, highest and lowest: what a sentence says without a figure must be so too."""

import re
from collections.abc import Iterator, Sequence
from itertools import product

from app.analytics.figure import places
from app.analytics.mentions import VEIL, Clause, Mention, Reading
from app.analytics.metrics_said import SAYING, is_said
from app.analytics.objection import Objection
from app.analytics.owners import subject_of
from app.analytics.rows import month_at
from app.analytics.table import Cell

# "more than 160" says how exact a number is, "lower quartile" which one.
_NOT_DIRECTION = (
    r"(?!\s+quartile|\s+than\s+(?:in\s+|for\s+)?any\s+other|\s+than\s+(?:about\s+)?[\d₹$€£]"
    r"|\s+[\d₹$€£])"
)
UP = re.compile(
    r"\b(?:rose|risen?|rises|rising|increas\w+|grew|grow\w*|gain\w*|climb\w*|improve\w*|more|higher"
    rf"|larger|(?<!took )(?<!take )(?<!taken )up|above)\b{_NOT_DIRECTION}|\bup\b(?=\s+[\d₹$€£])",
    re.IGNORECASE,
)
DOWN = re.compile(
    r"\b(?:fell|fall\w*|decreas\w+|declin\w+|drop\w*|fewer|less|lower|smaller|reduc\w+|shr[aiu]nk\w*"
    rf"|down|below)\b{_NOT_DIRECTION}|\bdown\b(?=\s+[\d₹$€£])",
    re.IGNORECASE,
)
FLAT = re.compile(
    r"\b(?:unchanged|same|remain\w*|stay\w*|in both (?:periods|seasons|years))\b"
    r"|(?<!same )\bas (?:in|for|during)\b"
    r"(?=\s+(?:the\s+)?(?:previous|earlier|prior|preceding|last|q))",
    re.IGNORECASE,
)
SIGNS = ((UP, 1), (DOWN, -1), (FLAT, 0))

_THAN_ANY = r"\s+than\s+(?:in\s+|for\s+)?any\s+other\b"
HIGHEST = re.compile(
    rf"\b(?:highest|largest|most|leads?|leading)\b|\b(?:more|higher|larger){_THAN_ANY}",
    re.IGNORECASE,
)
LOWEST = re.compile(
    rf"\b(?:lowest|smallest|fewest|least)\b|\b(?:fewer|lower|less|smaller){_THAN_ANY}",
    re.IGNORECASE,
)
OUTLYING = re.compile(
    r"\b(?:(?P<high>high)\s+|(?P<low>low)\s+)?outliers?\b|\bunusual\w*"
    r"(?:\s+(?:(?P<above>high|large)|(?P<under>low|small))\b)?",
    re.IGNORECASE,
)

MOVE = re.compile(
    rf"\s+from\s+[\d,]+(?:\s+\w+)?\s+in\s+(?P<one>{VEIL}+)"
    rf"\s+to\s+[\d,]+(?:\s+\w+)?\s+in\s+(?P<other>{VEIL}+)"
)

# Which group is the lowest of all may not be told: it can be a small one.
_SHOWN = re.compile(r"\b(?:shown|listed)\b", re.IGNORECASE)
_OF_CHANGE = re.compile(
    r"(?:\s+\w+){0,2}\s+(?:rise|gain|increase|growth|improvement|fall|decrease|decline|drop|reduction"
    r"|change|difference)s?\b",
    re.IGNORECASE,
)
_AMONG = "A place is among the groups shown only: say so, e.g. 'among the branches shown'."

# Who recruits most makes the most offers.
_RECRUITER = re.compile(r"\s+(?:recruiter|employer)\b", re.IGNORECASE)

# Everything that can be said without a figure.
SAID = (UP, DOWN, FLAT, HIGHEST, LOWEST, OUTLYING)


def sign_of(cell: Cell) -> int:
    """1 for a rise, -1 for a fall, 0 for neither."""
    return (cell.value > 0) - (cell.value < 0)


def direction_near(reading: Reading, start: int, end: int) -> int | None:
    """The direction that a figure is told with: before it, else after it in its clause."""
    found = sorted(_directions(reading))
    before = [sign for first, _, sign in found if first < start]
    limit = reading.clause_at(start).end
    after = [sign for first, _, sign in found if end <= first < limit]
    # "4.2 points higher": what stands in the figure's own clause is meant.
    own = [s for first, _, s in found if reading.clause_at(start).start <= first < start]
    return next(iter([*reversed(own), *after, *reversed(before)]), None)


def wrong_directions(reading: Reading, cited: Sequence[Cell]) -> Iterator[Objection]:
    """Rises, falls and comparisons that no cited cell shows."""
    for start, end, sign in _directions(reading):
        whose = subject_of(reading, start, end)
        if _is_change_shown(reading, cited, whose, start, sign):
            continue
        if _is_comparison_shown(reading, cited, whose, (start, end), sign):
            continue
        if _is_move_shown(reading, cited, end, sign):
            continue
        word = reading.text[start:end]
        why = f"No cell that this sentence cites shows what '{word}' says of its group and measure."
        yield Objection(word, "direction", why)


def wrong_places(reading: Reading, cited: Sequence[Cell]) -> Iterator[Objection]:
    """Highest, lowest and unusual ones that the table does not mark as such."""
    marks = ((HIGHEST, "highest"), (LOWEST, "lowest"))
    for pattern, rank in marks:
        for found in pattern.finditer(reading.veiled):
            if not _SHOWN.search(reading.veiled):
                yield Objection(found[0], "direction", _AMONG)
            if _OF_CHANGE.match(reading.veiled, found.end()):
                yield Objection(found[0], "direction", "The table does not rank changes.")
            ranked = [cell for cell in cited if cell.rank == rank]
            if not any(_is_of(cell, reading, found) for cell in ranked):
                why = f"No cited cell is marked as the {rank} of its kind for the group named here."
                yield Objection(found[0], "direction", why)
    for found in OUTLYING.finditer(reading.veiled):
        sides = {"high": found["high"] or found["above"], "low": found["low"] or found["under"]}
        told = {side for side, word in sides.items() if word} or set(sides)
        if not any(cell.outlier in told and _is_of(cell, reading, found) for cell in cited):
            yield Objection(found[0], "direction", "No cited cell is marked as an outlier.")


def says_something(reading: Reading) -> bool:
    """Whether there is a direction or a place in the sentence."""
    return any(pattern.search(reading.veiled) for pattern in SAID)


def loose_metrics(reading: Reading) -> Iterator[Objection]:
    """Measures in an enumeration with nothing said of them: offers and companies rose."""
    figures = places(reading)
    for at, clause in enumerate(reading.clauses):
        words = reading.said(clause)
        joints = [clause.opening, *(one.opening for one in reading.clauses[at + 1 : at + 2])]
        has_figure = any(first < clause.end and clause.start < last for first, last in figures)
        has_content = has_figure or any(pattern.search(words) for pattern in SAID)
        metric = next(filter(None, (said.search(words) for said in SAYING.values())), None)
        if "and" in joints and metric and not has_content:
            why = f"Say the figure of '{metric[0]}' beside it, in a clause of its own."
            yield Objection(metric[0], "attachment", why)


def _directions(reading: Reading) -> list[tuple[int, int, int]]:
    return [
        (*one.span(), sign) for pattern, sign in SIGNS for one in pattern.finditer(reading.veiled)
    ]


def _is_change_shown(
    reading: Reading, cited: Sequence[Cell], whose: Mention | None, start: int, sign: int
) -> bool:
    """Whether a change of the group, or of the whole where no group is named before, goes so."""
    clause = reading.clause_at(start)
    # The direction may stand before its group's name or speak of the whole.
    names = {whose.name} if whose and whose.start < clause.end else {""}
    if whose and whose.start > start:
        names.add("")
    return any(
        known == sign and cell.group.casefold() in names and is_said(cell, reading, start)
        for cell, known in _changes(cited)
    )


def _changes(cited: Sequence[Cell]) -> Iterator[tuple[Cell, int]]:
    """The cited changes with their signs, and those that two cited values show."""
    for cell in cited:
        if cell.is_change:
            yield cell, sign_of(cell)
        for other in cited:
            if (cell.id, other.tense) == (other.id.removesuffix(".previous"), "previous"):
                yield cell, (cell.value > other.value) - (cell.value < other.value)


def _is_comparison_shown(
    reading: Reading,
    cited: Sequence[Cell],
    whose: Mention | None,
    place: tuple[int, int],
    sign: int,
) -> bool:
    """`82.5 percent, higher than the 61 percent in Mechanical`: both cells cited, and so."""
    after = _clause_of_than(reading, place[1])
    others = [one for one in reading.groups if after and after.start <= one.start < after.end]
    if whose is None or not others or whose.start >= others[0].start:
        return False
    mine = [cell for cell in cited if cell.group.casefold() == whose.name]
    theirs = [cell for cell in cited if cell.group.casefold() == others[0].name]
    pairs = [
        (one, other)
        for one, other in product(mine, theirs)
        if one.tense == other.tense == "this"
        and (one.metric, one.unit) == (other.metric, other.unit)
        and is_said(one, reading, place[0])
    ]
    return bool(pairs) and all(
        (one.value > other.value) - (one.value < other.value) == sign for one, other in pairs
    )


def _is_move_shown(reading: Reading, cited: Sequence[Cell], end: int, sign: int) -> bool:
    """`from 18 in November 2025 to 35 in January 2026`: both months cited, and so."""
    found = MOVE.match(reading.veiled, end)
    if found is None:
        return False
    starts = {one.start: one.name for one in reading.mentions}
    names = [starts.get(found.start("one")), starts.get(found.start("other"))]
    months = {cell.group.casefold(): cell.value for cell in cited if cell.section == "months"}
    one, other = (months.get(name) if name else None for name in names)
    ordered = [name for name in sorted(months, key=month_at) if name in names]
    if one is None or other is None or ordered != names:
        return False
    return (other > one) - (other < one) == sign


def _clause_of_than(reading: Reading, end: int) -> Clause | None:
    following = [one for one in reading.clauses if one.start > end and one.opening == "than"]
    return following[0] if following else None


def _is_of(cell: Cell, reading: Reading, found: re.Match[str]) -> bool:
    whose = subject_of(reading, *found.span())
    is_recruiter = _RECRUITER.match(reading.veiled, found.end()) is not None
    is_meant = cell.metric == "offers" if is_recruiter else is_said(cell, reading, found.start())
    return whose is not None and whose.name == cell.group.casefold() and is_meant
