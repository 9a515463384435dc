"""What in a student's own text is said to a reader or a model: it vouches for nothing."""

import re
import unicodedata
from functools import lru_cache

from app.guard.lazy import lazy
from app.guard.lexicon import pairs_of
from app.guard.passages import PASSAGES_KEPT, Passage
from app.guard.plain_text import plain

# By what a text must contain to be worth the search: almost none does.
_SPEECH: dict[str, list[re.Pattern[str]]] = {}
for _name in ("instructions.txt", "spoken_to.txt"):
    for _hints, _pattern in pairs_of(_name, " :: "):
        for _hint in _hints.split(", "):
            _SPEECH.setdefault(_hint.strip(), []).append(re.compile(_pattern, re.IGNORECASE))
_SIGNS_OF_CODE = frozenset("<`{\\[")
_LONG_RUN_CHARS = 28
_CODE = re.compile(
    r"</?[a-z]+\b[^<]{0,40}>|<<<|>>>|```|\{\s*\"|\\[a-z]+\{|\[/?(?:inst|system|user)\b"
    # Only where a run begins: from each of its letters it would be quadratic.
    r"|(?<![a-z0-9+/])(?=[a-z0-9+/]*\d)(?=[a-z0-9+/]*[a-z])[a-z0-9+/]{28,}=*",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n")
# Unassigned, private, control, format: nobody types them.
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
# Left by typesetting, and needed to write Malayalam or Hindi: they hide nothing.
_JOINERS = frozenset("\u00ad\u200c\u200d")


def is_unseen(letter: str) -> bool:
    """Whether a character shows nothing and is no line break."""
    return letter not in "\n\t\r" and unicodedata.category(letter) in _UNSEEN


class _Told(Passage):
    """A student's text without what gives orders.

    Of a text that gives orders only the first sentence counts, and only if it gives none: an order
    may be led up to.
    """

    @lazy
    def text(self) -> str:
        """In ordinary spelling."""
        orders = orders_in(self.raw)
        if not orders:
            return plain(self.raw)
        first = sentences_of(self.raw)[0]
        return "" if first in orders else plain(first)


@lru_cache(maxsize=PASSAGES_KEPT)
def told(raw: str) -> Passage:
    """The passage of a student's text without what gives orders."""
    return _Told(raw)


def sentences_of(text: str) -> list[str]:
    """The sentences and lines of a text."""
    return _SENTENCE_END.split(text)


def orders_in(text: str) -> list[str]:
    """The sentences that speak to a reader or a model, or that nobody can read."""
    if text.isascii() and not _has_hint(text) and not _may_be_code(text):
        return []
    sentences = sentences_of(text)
    if found := [sentence for sentence in sentences if _is_order(sentence)]:
        return found
    # A line may end in the middle of an order.
    return sentences if "\n" in text and _is_order(text) else []


def _has_hint(text: str) -> bool:
    low = " ".join(text.lower().split())
    for hint in _SPEECH:  # noqa: SIM110  a generator takes twice as long
        if hint in low:
            return True
    return False


def _may_be_code(text: str) -> bool:
    longest = max(text.split(), key=len, default="")
    return len(longest) >= _LONG_RUN_CHARS or not _SIGNS_OF_CODE.isdisjoint(text)


def _is_order(sentence: str) -> bool:
    sentence = " ".join(sentence.split())
    low = sentence.lower()
    for hint, patterns in _SPEECH.items():
        if hint in low and any(pattern.search(sentence) for pattern in patterns):
            return True
    if _may_be_code(sentence) and _CODE.search(sentence):
        return True
    return not sentence.isascii() and any(
        is_unseen(letter) and letter not in _JOINERS for letter in sentence
    )
