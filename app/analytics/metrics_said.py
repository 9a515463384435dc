"""What a clause speaks of: students, offers, a rate, a median."""

import re

from app.analytics.mentions import LOOKING_BACK, Reading
from app.analytics.rows import OTHERS
from app.analytics.table import COUNTED, Cell
from app.analytics.vocabulary import roots

# Whoever has none is without one; nothing else may be denied.
NO_OFFER = (
    r"\b(?:has|have|had|holds?|with) no offers?\b"
    r"|\b(?:do|does|did|has|have|had) not (?:yet )?(?:have|hold|held|receiv\w+)"
    r" (?:an|any) offers?\b"
)

SAYING = {
    "upper_quartile": re.compile(r"\bupper quartile\b"),
    "lower_quartile": re.compile(r"\blower quartile\b"),
    "median_package": re.compile(r"\bmedian\b"),
    "share_of_offers": re.compile(
        r"\bshares?\b(?! of (?:the |all )*(?:students|candidates))|\bof all (?:the )?offers\b"
    ),
    "without_offer": re.compile(rf"\bwithout\b|\bunplaced\b|\byet to\b|{NO_OFFER}"),
    "offer_rate": re.compile(r"\brates?\b"),
    "offers": re.compile(r"\boffers?\b|\boffered\b|\bplaced\b|\bplacements?\b"),
    "students": re.compile(r"\bstudents?\b|\bcandidates?\b"),
    "companies": re.compile(r"\bcompan(?:y|ies)\b|\brecruiters?\b|\bemployers?\b"),
}

# Words that leave nothing else to be meant.
STRICT = frozenset({"upper_quartile", "lower_quartile", "median_package", "share_of_offers"})

# Before a number that is the whole of which a part is told: 66 of the 80 students.
_AS_WHOLE = re.compile(r"\bof\s+(?:the\s+|its\s+|their\s+|all\s+|these\s+)*$")


# With one of these a clause speaks of students themselves: with 240 students in the cohort.
_OF_THEIR_OWN = re.compile(
    r"\b(?:cohort|register\w*|enrol\w*|has|have|had|is|are|was|were|number)\b"
)
# Where a place is one of, which measures nothing.
_AMONG = re.compile(
    r"\b(?:among|of|across) (?:all )?the (?:branches|companies|months|groups) (?:shown|listed)\b"
)
_BARE = frozenset({"students"})


_OFFERS = re.compile(r"[\d,]+ offers?\b")


def said_at(reading: Reading, start: int) -> frozenset[str]:
    """The metrics that the figure's clause names, else the nearest clause before, else after."""
    here = reading.clauses.index(reading.clause_at(start))
    order = (here, *range(here - 1, -1, -1), *range(here + 1, len(reading.clauses)))
    return next(filter(None, (_said_in(reading, at) for at in order)), frozenset())


def _said_in(reading: Reading, at: int) -> frozenset[str]:
    """The metrics of one clause: what brackets interrupt goes on after them."""
    clauses = reading.clauses
    words = reading.said(clauses[at])
    if clauses[at].opening == ")" and at > 1:
        words = reading.said(clauses[at - 2]) + words
    elif at + 2 < len(clauses) and (clauses[at + 1].opening, clauses[at + 2].opening) == ("(", ")"):
        words += reading.said(clauses[at + 2])
    elif clauses[at].opening == "(" and at + 1 < len(clauses) and not _metrics(words):
        words += reading.said(clauses[at + 1])
    found = _metrics(words)
    if found == _BARE and at and not _OF_THEIR_OWN.search(words):
        # "178 hold an offer, 13 students more": still those with an offer.
        return (_said_in(reading, at - 1) - STRICT) or found
    return found


def _metrics(words: str) -> frozenset[str]:
    words = _AMONG.sub("", words)
    return frozenset(metric for metric, said in SAYING.items() if said.search(words))


def is_said(cell: Cell, reading: Reading, start: int) -> bool:
    """Whether the words around a figure name the cell's metric, and not another one."""
    said = said_at(reading, start)
    if cell.metric == "value":
        subjects = {one.name for one in reading.mentions if one.kind == "subject"}
        # "44 personal interviews" are of the interview rounds.
        is_in_name = cell.unit == "things" and roots(cell.subject) & roots(reading.text)
        return (is_in_name or cell.subject.casefold() in subjects) and not said & (
            STRICT | {"offer_rate"}
        )
    if cell.section == "statuses":
        return not said & STRICT
    words = reading.veiled.lower()
    if cell.metric == "offers" and "without_offer" not in said and _OFFERS.match(words, start):
        return True
    if cell.metric == "companies" and cell.group == OTHERS:
        return not said & STRICT
    if cell.metric == "offers" and cell.unit == "percent" and "offer_rate" in said:
        return False
    is_count = cell.unit in COUNTED and not cell.is_change
    is_whole = is_count and _AS_WHOLE.search(reading.veiled[:start].lower()) is not None
    return cell.metric in _meant(said, is_whole=is_whole)


def _meant(said: frozenset[str], *, is_whole: bool) -> frozenset[str]:
    """What a figure may be among these words. A whole (of the 80 students) may differ from them."""
    wholes = frozenset({"students", "offers"}) if is_whole else frozenset[str]()
    if strict := said & STRICT:
        return strict | wholes
    if "without_offer" in said:
        return wholes | {"without_offer"} | (said & {"companies"})
    if said & {"offers", "offer_rate"}:
        return wholes | {"offers", "offer_rate"} | (said & {"companies"})
    return wholes | said


NOUNS = re.compile(
    r"\b(?:(?P<students>students?|candidates?)|(?P<offers>offers?|placements?)"
    r"|(?P<companies>compan(?:y|ies)|recruiters?|employers?)|(?P<else>branch(?:es)?|months?"
    r"|departments?|years?|points?|packages?|percent))\b"
)
NEAR_WORDS = 4
_PREPOSITION = re.compile(r"\b(?:among|at|by|for|from|in|of|than|to|with)\b")


def is_counted(cell: Cell, reading: Reading, end: int, next_figure: int) -> bool:
    """Whether the noun that follows a count is one that the cell counts."""
    clause = reading.clause_at(end - 1)
    if reading.names_at(end, OTHERS) and cell.metric != "companies":
        return False
    following = _PREPOSITION.split(reading.veiled[end : min(clause.end, next_figure)].lower())[0]
    found = NOUNS.search(" ".join(following.split()[:NEAR_WORDS]))
    noun = found.lastgroup if found else None
    if cell.metric == "companies":
        is_compared = clause.opening in LOOKING_BACK and "companies" in said_at(
            reading, clause.start
        )
        is_alone = said_at(reading, end - 1) == {"companies"} or cell.group == OTHERS
        return noun == "companies" or (noun is None and (is_compared or is_alone))
    if cell.metric == "students" or cell.section == "statuses":
        return noun in (None, "students")
    if cell.unit == "things":
        return noun is None
    return noun in (None, "students", "offers")
