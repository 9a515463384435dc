"""Whether a text really says what a model quotes from it, and where."""

import unicodedata
from typing import NamedTuple

from app.guard.lazy import lazy
from app.llm.fence import visible

# Quotation marks and dashes that models set otherwise than the text does.
_PLAIN = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201b`", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
)
# What models put around a quote: marks, ellipses, the bullet of a list.
_AROUND = " \n\"'*•·-.;:,"


class Place(NamedTuple):
    """Where a quote stands: offsets into the visible text, and the words as they stand there."""

    start: int
    end: int
    text: str


class Quotable:
    """A text as models are shown it, to be searched in any case, spacing and typography."""

    def __init__(self, text: str) -> None:
        self.text = visible(text)

    @lazy
    def _folded(self) -> tuple[str, list[int]]:
        """The folded text, and for each of its characters the offset in the visible one."""
        pieces: list[str] = []
        offsets: list[int] = []
        for offset, character in enumerate(self.text):
            piece = _fold(character)
            if piece.isspace():
                piece = " " if pieces and pieces[-1][-1] != " " else ""
            if piece:
                pieces.append(piece)
                offsets += [offset] * len(piece)
        return "".join(pieces), offsets

    def find(self, quote: str) -> Place | None:
        """The first place of the quote, whole words only; None if it was made up."""
        wanted = " ".join("".join(map(_fold, visible(quote))).split()).strip(_AROUND)
        if not any(map(str.isalnum, wanted)):
            return None
        folded, offsets = self._folded
        at = folded.find(wanted)
        while at >= 0:
            end = at + len(wanted)
            if not (_runs_on(folded, at) or _runs_on(folded, end)):
                first, last = offsets[at], offsets[end - 1] + 1
                return Place(first, last, self.text[first:last])
            at = folded.find(wanted, at + 1)
        return None


def _fold(character: str) -> str:
    if character.isascii():
        return character.lower()
    return unicodedata.normalize("NFKC", character).translate(_PLAIN).casefold()


def _runs_on(folded: str, at: int) -> bool:
    """Whether a word goes on across this place."""
    return 0 < at < len(folded) and folded[at - 1].isalnum() and folded[at].isalnum()
