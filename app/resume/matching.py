"""Which item of a list a model returned is which item of the list it was given."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

# Share of words in common and in order. A reworded bullet mostly keeps more, two bullets of one
# person share less: the closest pair in examples/ stays below it, and a test keeps that true.
SIMILAR = 0.4

# 50 items against 50: nobody has 50 bullets in a job. A hostile answer of ten such lists takes
# 0.4 s.
MAX_COMPARISONS = 2_500

_MAX_COMPARED_WORDS = 60  # A bullet has about 20; the rest would only cost time.
_PROSE_KEYS = frozenset({"description", "summary"})

_Words = tuple[str, ...]


def matched(before: Sequence[object], after: Sequence[object]) -> list[int | None]:
    """For each item of `after`, the position of its origin in `before`; None if it is new.

    Equal items are matched first, then similar ones, the most similar first. What is left is
    matched by position only if both lists are equally long, as otherwise something was dropped or
    added and a position says nothing. No origin is used twice.
    """
    origins = _Origins([_words(item) for item in before], [_words(item) for item in after])
    origins.take(_equal(origins))
    origins.take(_similar(origins))
    if len(before) == len(after):
        origins.take((place, place) for place in range(len(after)))
    return [origins.found.get(place) for place in range(len(after))]


class _Origins:
    """The words of both lists, and what was matched so far."""

    def __init__(self, old: list[_Words], new: list[_Words]) -> None:
        self.old = old
        self.new = new
        self.found: dict[int, int] = {}
        self.free = dict.fromkeys(range(len(old)))

    def take(self, pairs: Iterable[tuple[int, int]]) -> None:
        for place, origin in pairs:
            if place not in self.found and origin in self.free:
                self.found[place] = origin
                del self.free[origin]


def _equal(origins: _Origins) -> Iterator[tuple[int, int]]:
    places: dict[_Words, list[int]] = {}
    for origin in reversed(range(len(origins.old))):
        places.setdefault(origins.old[origin], []).append(origin)
    for place, words in enumerate(origins.new):
        if same := places.get(words):
            yield place, same.pop()


def _similar(origins: _Origins) -> Iterator[tuple[int, int]]:
    places = [place for place in range(len(origins.new)) if place not in origins.found]
    if len(places) * len(origins.free) > MAX_COMPARISONS:
        return
    scores = [
        (-score, abs(place - origin), place, origin)
        for place in places
        for origin in origins.free
        if (score := _similarity(origins.old[origin], origins.new[place])) >= SIMILAR
    ]
    for _, _, place, origin in sorted(scores):
        yield place, origin


def _similarity(old: _Words, new: _Words) -> float:
    compared = SequenceMatcher(None, old[:_MAX_COMPARED_WORDS], new[:_MAX_COMPARED_WORDS])
    # The quick ratio is an upper bound: most pairs end here.
    return compared.ratio() if compared.quick_ratio() >= SIMILAR else 0.0


def _words(item: object) -> _Words:
    """The words an item is known by: its text, or what an entry says of itself beside prose."""
    if isinstance(item, dict):
        if isinstance(item.get("text"), str):
            return _words(item["text"])
        said = (str(value) for key, value in item.items() if _is_said(key, value))
        return _words(" ".join(said))
    return tuple(str(item).casefold().split())


def _is_said(key: str, value: object) -> bool:
    return key not in _PROSE_KEYS and isinstance(value, str | int | float)
