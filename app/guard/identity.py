"""Which places of a résumé a model may word anew; everything else is copied by code."""

import re
from collections.abc import Mapping
from typing import Any

from app.resume.paths import PathInvalid, text_at

_PROSE = re.compile(r"summary|(?:experience|projects)\.\d+\.(?:bullets\.\d+|description)", re.ASCII)
_ITEM = re.compile(r"(skills|achievements|certifications|languages)\.\d+", re.ASCII)
# The class under which a list that would grow is refused.
_GROWTH_CODES = {
    "skills": "skill",
    "certifications": "skill",
    "languages": "skill",
    "achievements": "outcome",
}


def is_prose(path: str) -> bool:
    """Whether the path is a bullet, the description of an entry or the summary."""
    return bool(_PROSE.fullmatch(path))


def entry_of(path: str) -> str:
    """`experience.0` of `experience.0.bullets.2`; the path itself where it is in no entry."""
    return ".".join(path.split(".")[:2])


def unreachable(resume: Mapping[str, Any], path: str) -> tuple[str, str] | None:
    """`(code, reason)` where an edit at this path is refused whatever it says."""
    is_open = is_prose(path)
    item = None if is_open else _ITEM.fullmatch(path)
    if not is_open and not item:
        return "identity", (
            "Names, employers, titles, dates, grades and places are copied from your résumé, "
            "never reworded."
        )
    try:
        standing = text_at(resume, path)
    except PathInvalid:
        standing = None
    if standing is None or not standing.strip():
        code = _GROWTH_CODES[item[1]] if item else "identity"
        return code, "Your résumé has no text at this place; a rewrite may not add entries."
    return None
