"""What changed between two texts, word by word, for pages and terminals."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_Kind = Literal["same", "removed", "added"]

# Comparing is quadratic in the worst case; 1,000 hostile words take 0.02 s. A bullet has about 20.
MAX_COMPARED_WORDS = 1_000


@dataclass(frozen=True)
class Change:
    """A stretch; same and removed ones make up `before`, same and added ones `after`."""

    kind: _Kind
    text: str


def words_changed(before: str, after: str) -> list[Change]:
    """The stretches in reading order, what was removed before what took its place.

    A space between two changed words is part of the change, so a rewritten phrase stays in one
    piece. Texts of more than `MAX_COMPARED_WORDS` words are only compared as a whole.
    """
    changes: list[Change] = []
    removed = added = ""
    for is_same, old, new in _stretches(_pieces(before), _pieces(after)):
        is_within_change = bool(removed or added) and old.isspace()
        if is_same and not is_within_change:
            changes += [*_replaced(removed, added), Change("same", old)]
            removed = added = ""
        else:
            removed += old
            added += new
    return changes + _replaced(removed, added)


def _pieces(text: str) -> list[str]:
    """Words and the white space between them; joined, they are the text."""
    return re.findall(r"\s+|\S+", text)


def _stretches(old: list[str], new: list[str]) -> Iterator[tuple[bool, str, str]]:
    if old != new and max(len(old), len(new)) > 2 * MAX_COMPARED_WORDS:
        yield False, "".join(old), "".join(new)
        return
    for tag, i, j, k, m in SequenceMatcher(None, old, new).get_opcodes():
        yield tag == "equal", "".join(old[i:j]), "".join(new[k:m])


def _replaced(removed: str, added: str) -> list[Change]:
    changes = [Change("removed", removed), Change("added", added)]
    return [change for change in changes if change.text]
