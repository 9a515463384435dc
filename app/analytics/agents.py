"""Who makes offers and who has them, and among which groups a place is one."""

import re
from collections.abc import Iterator, Sequence

from app.analytics.directions import HIGHEST, LOWEST, OUTLYING
from app.analytics.mentions import Reading
from app.analytics.objection import Objection
from app.analytics.table import Cell

# A company's name and a branch's, letter by letter.
_COMPANY, _BRANCH = "\x01", "\x02"
_HAS = r"\s+(?:has |have |had )?(?:also |together )?"
_RECEIVING = re.compile(
    rf"(?:\bcompan(?:y|ies)|\brecruiters?|\bemployers?|{_COMPANY}+){_HAS}"
    r"(?:receiv\w+|secur\w+|hold|holds|held|regist\w+|enrol\w*)\b",
    re.IGNORECASE,
)
_MAKING = re.compile(
    rf"(?:\bstudents?|\bcandidates?|{_BRANCH}+){_HAS}(?:made|make|makes)\b", re.IGNORECASE
)
_TO_COMPANY = re.compile(
    rf"\boffers?\s+to\s+(?:the\s+)?(?:compan(?:y|ies)\b|{_COMPANY})", re.IGNORECASE
)
_NUMBER_OF = re.compile(
    r"\bnumber\s+of\s+(?:other\s+)?(?:compan(?:y|ies)|recruiters?|employers?|percent|offers?)"
    r"\s+(?:with|still|yet|who|that|not)\b",
    re.IGNORECASE,
)

_SHOWN = re.compile(r"\b(\w+)\s+(?:shown|listed)\b", re.IGNORECASE)
_SECTIONS = {
    "branches": "branches",
    "branch": "branches",
    "departments": "branches",
    "programmes": "branches",
    "companies": "companies",
    "company": "companies",
    "recruiters": "companies",
    "employers": "companies",
    "months": "months",
    "month": "months",
    "statuses": "statuses",
}
_ANY = frozenset({"those", "groups", "ones", "all", "were", "is", "are"})


def wrong_agents(reading: Reading, cited: Sequence[Cell]) -> Iterator[Objection]:
    """Companies that receive offers, and students who make them."""
    sections = {cell.group.casefold(): cell.section for cell in cited}
    marks = {"companies": _COMPANY, "branches": _BRANCH}
    text = reading.veiled
    for one in reading.groups:
        if mark := marks.get(sections.get(one.name, "")):
            text = text[: one.start] + mark * (one.end - one.start) + text[one.end :]
    for pattern in (_RECEIVING, _MAKING, _TO_COMPANY, _NUMBER_OF):
        if found := pattern.search(text):
            span = reading.text[slice(*found.span())]
            yield Objection(span, "attachment", "Companies make offers, and students have them.")


def wrong_scopes(reading: Reading, cited: Sequence[Cell]) -> Iterator[Objection]:
    """`among the companies shown` of a figure that is not one of theirs, or is no place."""
    places = [one for one in (HIGHEST, LOWEST, OUTLYING) if one.search(reading.veiled)]
    marked = {cell.section for cell in cited if cell.rank or cell.outlier}
    for found in _SHOWN.finditer(reading.veiled):
        among = found[1].lower()
        section = _SECTIONS.get(among)
        if not places or (among not in _ANY and section not in marked):
            why = "Only a place is among groups shown, and only among its own kind."
            yield Objection(reading.text[slice(*found.span())], "attachment", why)
