"""A sentence with the names in it found and made unreadable, so that no name passes for a word."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import Literal

from app.analytics.figures import Period
from app.analytics.rows import OTHERS, month_name
from app.analytics.table import Cell, Table

LONGEST_INITIALS = 2
# In how many words of a name their order may be another one.
LONGEST_BENT = 3

# Stands for every letter of a name; no vocabulary has it.
VEIL = "q"

# Between these a sentence speaks of one thing. A comma inside a number is none.
BREAK = re.compile(
    r"(?<!\d),|,(?!\d)|[;:()]|\b(?:and|while|whereas|but|against|versus|vs|compared|after)\b"
    r"|\bas (?:in|for|during)\b|\bthan\b(?!\s+(?:about |around )?[\d₹$€£])|\b(?:up|down) from\b",
    re.IGNORECASE,
)
LOOKING_BACK = frozenset(
    {"against", "versus", "vs", "compared", "than", "after", "up from", "down from"}
)

_YEAR = re.compile(r"\d{4}")
YEARS = re.compile(r"\b\d{4}\s?[-/]\s?\d{2,4}\b")

Kind = Literal["group", "concealed", "word", "subject", "this", "previous"]


@dataclass(frozen=True)
class Mention:
    """A name at `start` to `end`; `name` is in lower case.

    A `group` is a branch or company of the table, a `word` another cited group (a month, a status),
    a `subject` the series of a cited cell; `this` and `previous` are periods.
    """

    start: int
    end: int
    name: str
    kind: Kind


@dataclass(frozen=True)
class Clause:
    """A stretch of a sentence; `opening` is the break before it, in lower case."""

    start: int
    end: int
    opening: str


@dataclass(frozen=True)
class Reading:
    """A sentence with its names veiled, its clauses, and whose names those are."""

    text: str
    veiled: str
    clauses: tuple[Clause, ...]
    mentions: tuple[Mention, ...]

    def clause_at(self, position: int) -> Clause:
        """The clause that holds the position."""
        return next(one for one in reversed(self.clauses) if one.start <= position)

    def said(self, clause: Clause) -> str:
        """The clause's words, names veiled, in lower case."""
        return self.veiled[clause.start : clause.end].lower()

    def names_at(self, position: int, name: str) -> bool:
        """Whether the name comes next after the position."""
        return any(
            one.name == name and not self.text[position : one.start].strip()
            for one in self.mentions
            if one.start >= position
        )

    @property
    def groups(self) -> list[Mention]:
        """Names that a figure can belong to."""
        return [one for one in self.mentions if one.kind in ("group", "word")]


def read_sentence(text: str, table: Table, cited: Iterable[Cell]) -> Reading:
    """Find the names in a sentence. Longer names win: Interior Design is not Design."""
    names: list[tuple[str, Kind]] = [
        *((name, "group") for name in table.names),
        *((name, "concealed") for name in table.concealed - table.names),
        *_words_of(cited),
        *_period_names(table),
    ]
    mentions: list[Mention] = []
    folded = text.casefold()
    # Of hundreds of companies a sentence names a few, and each pattern costs 0.1 ms.
    present = [(name, kind) for name, kind in names if kind == "word" or name.casefold() in folded]
    for name, kind in sorted(present, key=lambda one: -len(one[0])):
        # A section called A is not the article.
        flags = re.IGNORECASE if len(name) > LONGEST_INITIALS else re.NOFLAG
        pattern = _loose(name) if kind == "word" else _pattern(name)
        for found in re.finditer(pattern, text, flags):
            if not any(one.start < found.end() and found.start() < one.end for one in mentions):
                mentions.append(Mention(*found.span(), name.casefold(), kind))
    mentions.sort(key=lambda one: one.start)
    veiled = text
    for one in mentions:
        veiled = veiled[: one.start] + VEIL * (one.end - one.start) + veiled[one.end :]
    return Reading(text, veiled, tuple(_clauses(veiled)), tuple(mentions))


def _pattern(name: str) -> str:
    """The name as a whole word. A bare year is one where years stand: `in 2025,`."""
    if _YEAR.fullmatch(name):
        return rf"(?:(?<=\bin )|(?<=\bfor )|(?<=\bduring )){name}(?=[,.;]|\s+(?:and|the|to)\b)"
    return rf"(?<!\w){re.escape(name)}(?:'s|(?<=s)'(?=\s))?(?!\w)"


def _loose(name: str) -> str:
    """A status or a point of a series as a sentence bends it: accepted an offer, trade tests."""
    words = [re.escape(word) for word in name.split()]
    orders = list(permutations(words)) if len(words) <= LONGEST_BENT else [tuple(words)]
    joined = "|".join(r"(?:\s+(?:an?|the))?\s+".join(order) for order in orders)
    return rf"(?<!\w)(?:{joined})s?(?!\w)"


def _words_of(cited: Iterable[Cell]) -> Iterator[tuple[str, Kind]]:
    for cell in cited:
        if cell.subject:
            yield cell.subject, "subject"
        if cell.group and (cell.section not in ("branches", "companies") or cell.group == OTHERS):
            yield cell.group, "word"


def _period_names(table: Table) -> Iterator[tuple[str, Kind]]:
    spans: list[tuple[Period, Kind]] = [(table.period, "this")]
    if table.previous:
        spans.append((table.previous, "previous"))
    for period, kind in spans:
        yield from ((name, kind) for name in _names_of(period))


def _names_of(period: Period) -> Iterator[str]:
    # A label of digits alone could hide any figure.
    if any(letter.isalpha() for letter in period.label):
        yield period.label
    yield from YEARS.findall(period.label)
    if period.start.year == period.end.year:
        yield str(period.start.year)
    for day in (period.start, period.end):
        month = month_name(f"{day:%Y-%m}")
        yield from (day.isoformat(), f"{day.day} {month}", month)


def _clauses(text: str) -> Iterator[Clause]:
    breaks = [(0, 0, ""), *((*one.span(), one[0].lower()) for one in BREAK.finditer(text))]
    breaks.append((len(text), len(text), ""))
    for (_, start, opening), (end, _, _) in pairwise(breaks):
        yield Clause(start, end, opening)
