"""Grades: `A+` is said of nothing that the student did not say it of."""

import re
from collections.abc import Iterator

from app.guard.passages import Passage

# Not the letters of C++, and no blood group.
_GRADE = re.compile(r"(?<![\w+#-])[A-FOS]\+(?![\w+])")


def other_grades(proposal: Passage, source: Passage) -> Iterator[str]:
    """The grades of a proposal that the text it replaces does not have."""
    if "+" in proposal.raw:
        known = set(_GRADE.findall(source.raw))
        yield from (grade for grade in _GRADE.findall(proposal.raw) if grade not in known)
